package dev.proxytune.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTests {
    private static final long SMALL_STACK = 512 * 1024;
    private static final Limits SMALL = new Limits(1 << 20, 100, 500, 100_000, 1 << 20, 1L << 24);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m(a) %}{% if true %}{% for x in [1] %}{{ [(m(a ~ '')|upper ~ 'a')]|join }}{% endfor %}{% endif %}{% endmacro %}{{ m('') }}",
                "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{{ 'x' * 999999999999 }}",
                "{{ 'x' * 9999999 * 9999999 }}",
                "{{ [0] * 999999999999 }}",
                "{{ 10 ** (10 ** 10) }}",
                "{{ 9 ** 9999 ** 9 }}",
                "{{ range(10 ** 9) }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ '%.999999999f' % 1.5 }}",
                "{{ 'x'.center(999999999) }}",
                "{{ 'x'|center(999999999) }}",
                "{{ 'x'|indent(999999999, true) }}",
                "{{ [[]]|tojson(indent=999999999) }}",
                "{{ 'x'.zfill(99999999) }}",
                "{{ '\\t'.expandtabs(999999999) }}",
                "{{ [1]|batch(999999999, 'x')|list }}",
                "{{ [1]|slice(999999999)|list }}",
                "{% set ns = namespace(x='x') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
                "{% set a = namespace(x=(1,), y=(1,)) %}{% for i in range(90) %}{% set a.x = (a.x, a.x) %}{% set a.y = (a.y, a.y) %}{% endfor %}{{ a.x == a.y }}",
                "{% set a = namespace(x=(1,)) %}{% for i in range(90) %}{% set a.x = (a.x, a.x) %}{% endfor %}{{ {a.x: 1} }}",
                "{% set n = namespace() %}{% set n.n = n %}{{ n }}",
                "{% set n = namespace(l=[]) %}{% for i in range(99999) %}{% set n.l = n.l + ['x' * 9999] %}{% endfor %}",
                "{% set e = '🦊' * 100000 %}{% for i in range(99999) %}{% if e[i] == 'a' %}{% endif %}{% endfor %}",
                "{% set s = 'a' * 400000 %}{% for i in range(99999) %}{% if s.find('b') > 0 %}{% endif %}{% endfor %}",
                "{% set s = 'a' * 400000 %}{% for i in range(99999) %}{% set t = s|replace('a', 'b') %}{% endfor %}",
                "{{ ('a' * 999999)|replace('', 'bbbbbbbb') }}",
                "{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}",
            })
    void stopsWhatWouldNotEnd(String source) {
        assertThatThrownBy(() -> inSmallStack(() -> Template.parse(source).render(Variables.NONE, SMALL, Cases.CLOCK)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("line 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ('a' * 500000)|wordwrap(1)|length }}",
                "{% set s = 'a' * 200000 %}{% set t = 'a' * 50000 ~ 'b' %}{% for i in range(500) %}{% set x = s.find(t) %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% set t = 'b' ~ 'a' * 50000 %}{% for i in range(500) %}{% set x = s.rfind(t) %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% set t = 'a' * 50000 ~ 'b' %}{% for i in range(500) %}{% set x = t in s %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = s.partition('b') %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = s.startswith('b', 1) %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = s.removeprefix('a') %}{% endfor %}",
                "{% set g = namespace(x=range(3)) %}{% for i in range(200) %}{% set g.x = g.x|map('string') %}{% endfor %}{{ g.x|list }}",
                "{% set g = namespace(x=[1]) %}{% for i in range(200) %}{% set g.x = [1]|select('in', g.x) %}{% endfor %}{{ g.x|list }}",
                "{% set g = namespace(x=[1]) %}{% for i in range(200) %}{% set g.x = g.x|batch(2)|slice(1)|unique %}{% endfor %}{{ g.x|list }}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = s.isalpha() %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = s|wordcount %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = s|int %}{% endfor %}",
                "{% set s = 'a' * 200000 %}{% for i in range(500) %}{% set x = {1: 2}[s] %}{% endfor %}",
                "{% set s = [0.5] * 20000 %}{% for i in range(50) %}{% set x = s|sum %}{% endfor %}",
                "{% set s = [s] * 50000 %}{% set t = [s] * 50000 %}{% for i in range(50) %}{% set x = s == t %}{% endfor %}",
                "{% set s = 2 ** 200000 %}{% for i in range(50) %}{% set x = s / 3 ** 100000 %}{% endfor %}",
                "{% set s = 2 ** 40000 %}{% for i in range(500) %}{% set x = s > 0.5 %}{% endfor %}",
                "{% set d = {} %}{% set t = (1,) * 20000 %}{% for i in range(50) %}{% set x = d[t] %}{% endfor %}",
                "{% for i in range(50) %}{{ '{:0=500000,d}'.format(1)|length }}{% endfor %}",
            })
    void stopsWorkThatOneOperationHides(String source) {
        assertThatThrownBy(() -> Template.parse(source).render(Variables.NONE, SMALL, Cases.CLOCK))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("stopped");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{1:", "-", "not ", "x[", "f(", "1 if ", "1 if 1 else ", "a|f(", "1 ~ (", "(1, "})
    void refusesDeepExpressions(String open) {
        String source = "{{ " + open.repeat(50_000);
        assertThatThrownBy(() -> inSmallStack(() -> Template.parse(source))).isInstanceOf(TemplateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% if 1 %}",
                "{% for x in y %}",
                "{% macro m() %}",
                "{% set x %}",
                "{% filter upper %}",
                "{% call f() %}",
                "{% with %}",
                "{% generation %}"
            })
    void refusesDeepBlocks(String open) {
        assertThatThrownBy(() -> inSmallStack(() -> Template.parse(open.repeat(20_000))))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("deeper than 100");
    }

    @Test
    void takesLongChainsWithoutNesting() throws InterruptedException {
        String sum = "{{ 1" + " + 1".repeat(20_000) + " }}";
        String text = "{{ 'a'" + " ~ 'a'".repeat(20_000) + " }}";
        String or = "{{ 0" + " or 0".repeat(20_000) + " }}";
        String branches = "{% if 0 %}" + "{% elif 0 %}".repeat(20_000) + "{% else %}x{% endif %}";
        assertThat(inSmallStack(() -> Template.parse(sum).render(Variables.NONE))
                        .text())
                .isEqualTo("20001");
        assertThat(inSmallStack(() -> Template.parse(text).render(Variables.NONE))
                        .text())
                .hasSize(20_001);
        assertThat(inSmallStack(() -> Template.parse(or).render(Variables.NONE)).text())
                .isEqualTo("0");
        assertThat(inSmallStack(() -> Template.parse(branches).render(Variables.NONE))
                        .text())
                .isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {".a", "[0]", "()", "|upper", "[1:]"})
    void refusesOrRendersLongChainsThatNest(String link) {
        String source = "{{ x" + link.repeat(30_000) + " }}";
        assertThatThrownBy(() -> inSmallStack(() -> Template.parse(source).render(Variables.NONE)))
                .isInstanceOf(TemplateException.class);
    }

    @Test
    void refusesDeepData() {
        Object list = new ArrayList<>();
        Object map = Map.of();
        for (int i = 0; i < 100_000; i++) {
            list = List.of(list);
            map = new LinkedHashMap<>(Map.of("k", map));
        }
        Variables lists = Variables.NONE.withInput("messages", list);
        Variables maps = Variables.NONE.withInput("messages", map);
        Template template = Template.parse("{{ messages }}");
        assertThatThrownBy(() -> inSmallStack(() -> template.render(lists)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("'messages'")
                .hasMessageContaining("deeper than 100");
        assertThatThrownBy(() -> inSmallStack(() -> template.render(maps))).isInstanceOf(TemplateException.class);
    }

    @Test
    void refusesLongSources() {
        assertThatThrownBy(() -> Template.parse("x".repeat(2_000_000)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("2000000 characters");
    }

    @Test
    void takesTexts() {
        var large = "word ".repeat(200_000);
        var variables = Variables.NONE.withInput("x", large);
        assertThat(Template.parse("{{ x|upper|trim ~ x[::-1] ~ x.split(' ')|length }}")
                        .render(variables)
                        .text())
                .hasSize(2 * large.length() - 1 + 6);
    }

    @Test
    void answersRandomSourcesWithNothingButItsOwnException() {
        var chance = new Random(5);
        String[] parts = {
            "{%",
            "%}",
            "{{",
            "}}",
            "{#",
            "#}",
            "-",
            "+",
            " if ",
            " for ",
            " in ",
            "x",
            "1",
            "'",
            "\"",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ":",
            ",",
            "|",
            ".",
            "upper",
            " is ",
            " set ",
            "=",
            " else ",
            "endif",
            "endfor",
            "raw",
            "endraw",
            "\n",
            " ",
            "\\",
            "macro",
            "endmacro",
            "*",
            "**",
            "~",
            "é",
            "🦊",
            "not",
            "1.5",
            "e9",
            "_",
            "loop"
        };
        for (int i = 0; i < 20_000; i++) {
            var source = new StringBuilder(chance.nextBoolean() ? "{{ " : "{% if x %}");
            int length = chance.nextInt(25);
            for (int j = 0; j < length; j++) {
                source.append(parts[chance.nextInt(parts.length)]);
            }
            try {
                Template.parse(source.toString()).render(Variables.NONE.withInput("x", List.of("a")));
            } catch (TemplateException e) {
                assertThat(e.line()).as(source.toString()).isPositive();
            }
        }
    }

    /** Run in a thread with half of the usual stack. */
    private static <T> T inSmallStack(java.util.concurrent.Callable<T> body) throws InterruptedException {
        var result = new AtomicReference<@Nullable T>();
        var failure = new AtomicReference<@Nullable Throwable>();
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        result.set(body.call());
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                },
                "small",
                SMALL_STACK);
        thread.start();
        thread.join();
        Throwable thrown = failure.get();
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        T value = result.get();
        if (thrown != null || value == null) {
            throw new AssertionError(thrown);
        }
        return value;
    }
}
