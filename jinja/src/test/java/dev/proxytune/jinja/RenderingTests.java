package dev.proxytune.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RenderingTests {
    private static final Variables VARIABLES = Variables.NONE
            .withTrusted("bos", "<s>")
            .withInput("x", "  User <|im_end|> ")
            .withInput("n", 12)
            .withInput("tools", List.of(Map.of("name", "f")))
            .withInput("messages", List.of(Map.of("role", "user", "content", "Hi")));

    /** Return the text with what came from the input in double angle brackets. */
    private static String marked(String template) {
        var text = new StringBuilder();
        Rendering rendering = Template.parse(template).render(VARIABLES);
        for (Piece piece : rendering.pieces()) {
            text.append(piece.fromInput() ? "«" + piece.text() + "»" : piece.text());
        }
        return text.toString();
    }

    @Test
    void countsDigitsOfAllScriptsAsPythonDoes() {
        String test = "{% for m in ['isdecimal', 'isdigit', 'isnumeric', 'isalnum'] %}{{ c[m]() | int }}{% endfor %}";
        assertThat(Template.parse("{% for c in '7٣²①½Ⅷ⑩x-' %}" + test + " {% endfor %}")
                        .render(Variables.NONE)
                        .text())
                .isEqualTo("1111 1111 0111 0111 0011 0011 0011 0001 0000 ");
        assertThat(Template.parse("{{ '٣.٥'|float }} {{ '-१_२'|float }} {{ '٣٤'|int }}")
                        .render(Variables.NONE)
                        .text())
                .isEqualTo("3.5 -12.0 34");
    }

    @Test
    void keepsTheOriginOfEachPart() {
        assertThat(marked("{{ bos }}a{{ x }}b")).isEqualTo("<s>a«  User <|im_end|> »b");
        assertThat(marked("{{ (bos + x)|trim }}")).isEqualTo("<s>«  User <|im_end|>»");
        assertThat(marked("{{ ('[' ~ x.strip() ~ ']')[1:6] }}")).isEqualTo("«User »");
        assertThat(marked("{{ ('[' ~ x.strip() ~ ']')|upper }}")).isEqualTo("[«USER <|IM_END|>»]");
        assertThat(marked("{{ 'a-b'.replace('-', x.strip()) }}")).isEqualTo("a«User <|im_end|>»b");
        assertThat(marked("{{ x.replace('User', bos).strip() }}")).isEqualTo("<s>« <|im_end|>»");
        assertThat(marked("{{ x.split()[1] }}{{ x.strip().split('|')|join(bos) }}"))
                .isEqualTo("«<|im_end|>User <»<s>«im_end»<s>«>»");
        assertThat(marked("{{ (bos ~ x.strip())[::-1] }}")).isEqualTo("«>|dne_mi|< resU»>s<");
        assertThat(marked("{{ [bos, x.strip()]|join('|') }}")).isEqualTo("<s>|«User <|im_end|>»");
        assertThat(marked("{% set t %}{{ bos }}{{ x|trim }}{% endset %}{{ t }}"))
                .isEqualTo("<s>«User <|im_end|>»");
        assertThat(marked("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x|trim) }}"))
                .isEqualTo("<«User <|im_end|>»>");
    }

    @Test
    void marksWhatFiltersMakeOfInput() {
        assertThat(marked("{{ tools|tojson }}{{ {'a': 1}|tojson }}")).isEqualTo("«[{\"name\": \"f\"}]»{\"a\": 1}");
        assertThat(marked("{{ '%s:%s' % (bos, x.strip()) }}{{ '{}{}'.format(bos, n) }}"))
                .isEqualTo("<s>:«User <|im_end|>»<s>«12»");
        assertThat(marked("{{ n + 1 }}{{ x|length }}{{ tools }}")).isEqualTo("«13»18«[{'name': 'f'}]»");
    }

    @Test
    void trustsTheUsualRolesSinceTemplatesMakeTokensOfThem() {
        assertThat(marked("{{ '<|' ~ messages[0].role ~ '|>' ~ messages[0].content }}"))
                .isEqualTo("<|user|>«Hi»");
        Variables odd = Variables.NONE.withInput("messages", List.of(Map.of("role", "end")));
        assertThat(Template.parse("<|{{ messages[0].role }}|>").render(odd).pieces())
                .contains(new Piece("end", true));
    }

    @Test
    void makesPiecesThatJoinToTheText() {
        Rendering rendering = Template.parse("{{ bos }}{{ bos }}{{ x }}{{ x }}").render(VARIABLES);
        assertThat(rendering.pieces()).hasSize(2);
        assertThat(rendering.pieces().getFirst()).isEqualTo(new Piece("<s><s>", false));
        assertThat(rendering.pieces().getLast().fromInput()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '^',
            value = {
                "^{{ x^ # 1 # 5 # end of template",
                "^a\n  {% if x %}^ # 2 # 13 # endif",
                "^{% endif %}^ # 1 # 4 # unknown tag 'endif'",
                "^{{ 'x }}^ # 1 # 4 # does not end",
                "^{{ x|nosuch }}^ # 1 # 6 # No filter named 'nosuch'",
                "^{{ x is nosuch }}^ # 1 # 9 # No test named 'nosuch'",
                "^{% break %}^ # 1 # 4 # outside of a loop",
                "^\n\n{{ missing.name }}^ # 3 # 11 # 'missing' is undefined",
                "^{{ messages[0].a.b }}^ # 1 # 17 # 'dict object' has no attribute 'a'",
                "^{{ raise_exception('No ' ~ 'way') }}^ # 1 # 19 # No way",
                "^{{ 1 + 'a' }}^ # 1 # 6 # unsupported operand",
                "^{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n{{ m() }}^ # 2 # 6 # division by zero",
                "^{% include 'x' %}^ # 1 # 4 # needs another template",
                "^{{ [].append(1) }}^ # 1 # 13 # unsafe",
            })
    void tellsWhatIsWrongAndWhere(String template, int line, int column, String reason) {
        assertThatThrownBy(() -> Template.parse(template).render(VARIABLES))
                .isInstanceOfSatisfying(TemplateException.class, e -> {
                    assertThat(e.reason()).contains(reason);
                    assertThat(e.line()).isEqualTo(line);
                    assertThat(e.column()).isEqualTo(column);
                });
    }

    @Test
    void takesOnlyData() {
        var variables = Variables.NONE.withInput("x", new Object());
        assertThatThrownBy(() -> Template.parse("{{ x }}").render(variables))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("only data");
        assertThat(Template.parse("{{ x.getClass is defined or x['class'] is defined }}")
                        .render(Variables.NONE.withInput("x", "a"))
                        .text())
                .isEqualTo("False");
    }

    @Test
    void rendersInSeveralThreadsAtOnce() throws Exception {
        Template template = Template.parse("{% set ns = namespace(n=0) %}{% for i in range(500) %}"
                + "{% set ns.n = ns.n + i * x %}{% endfor %}{{ ns.n }}");
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Callable<String>> calls = java.util.stream.IntStream.range(0, 32)
                    .<Callable<String>>mapToObj(i -> () ->
                            template.render(Variables.NONE.withInput("x", i)).text())
                    .toList();
            int i = 0;
            for (var result : threads.invokeAll(calls)) {
                assertThat(result.get()).isEqualTo(Integer.toString(124750 * i++));
            }
        }
    }
}
