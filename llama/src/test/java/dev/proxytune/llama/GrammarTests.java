package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.proxytune.Batch;
import dev.proxytune.ConstraintException;
import dev.proxytune.DecoderOptions;
import dev.proxytune.FinishReason;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Sampling;
import dev.proxytune.Steering;
import dev.proxytune.TokenConstraint;
import dev.proxytune.gguf.ByteAlphabet;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticVocabulary;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTests {
    private static final int BEGIN = 0;
    private static final int END = 1;

    @TempDir
    private static Path folder;

    private static LlamaModel model;

    @BeforeAll
    static void load() {
        model = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static boolean matches(String grammar, String text) {
        return GrammarWalk.matches(model.constraint(grammar), model.vocabulary(), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "root ::= 'ab' | 'c'+~ab|c|ccc~a|abc||cab",
                "root ::= x{2,3} 'z'? # twice\\nx ::= [^x-z\\n]~ab|abc|abcz~a|abcd|axz|abz z",
                "root ::= (\\n'a' |\\n 'b' ( 'c' )* )~a|b|bcc~ab|c",
                "root ::= [é-ü]+ '😀' .~éü😀x|é😀é~😀x|é😀|a😀x",
                "root ::= '\\x41\\u00e9\\U0001F600\\tZ'~Aé😀\\tZ~A",
                "root ::= 'a' root | ''~|a|aaa~b|ab",
                "root ::= ([a]?)* 'b'~b|ab|aab~a|"
            })
    void allowsWhatTheGrammarDerivesAndNothingElse(String grammar, String good, String bad) {
        String rules = grammar.replace('\'', '"').replace("\\n", "\n");
        for (String text : good.replace("\\t", "\t").split("\\|", -1)) {
            assertThat(matches(rules, text)).as(text).isTrue();
        }
        for (String text : bad.split("\\|", -1)) {
            assertThat(matches(rules, text)).as(text).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "''~no rule root",
                "answer ::= 'a'~no rule root",
                "root ::= item+~line 1, column 10: there is no rule item",
                "root ::= 'a'\\nroot2 = 'b'~line 2, column 7: ::= is expected",
                "root ::= 'a~closing \" of a text",
                "root ::= [a~closing ]",
                "root ::= []~empty",
                "root ::= ('a'~closing )",
                "root ::= 'a')~end of the line",
                "root ::= 'a'\\n | 'b'~name of a rule",
                "root ::= *~nothing before it",
                "root ::= ''*~nothing before it",
                "root ::= 'a'{3,2}~below its first",
                "root ::= 'a'{2001}~at most 2000",
                "root ::= 'a'{1,99999999999999999999}~at most 2000",
                "root ::= 'a'{,2}~number is expected",
                "root ::= 'a'{2~written as",
                "root ::= ('a'{0,50}){0,50}~at most 2000",
                "root ::= (('a'? 'b'){0,50}){0,50}~at most 2000",
                "root ::= '\\q'~followed by one of",
                "root ::= '\\x4'~2 hexadecimal digits",
                "root ::= '\\u00g0'~4 hexadecimal digits",
                "root ::= 'a' !<[5]>~column 14: tokens",
                "root ::= <|finish|>~tokens",
                "root ::= root 'a' | 'a'~rule root can begin with itself",
                "root ::= x\\nx ::= y 'a'\\ny ::= x | 'b'~can begin with itself",
                "root ::= e root 'a' | 'b'\\ne ::= f\\nf ::= 'c' |~rule root can begin with itself",
                "root ::= root~nothing but itself",
                "root ::= 'a' x\\nx ::= e x\\ne ::= ''~nothing but itself",
                "root ::= 'a'?* 'b'~left recursion",
                "root_x ::= 'a'~::= is expected",
            })
    void refusesWhatLlamaCppCannotUse(String grammar, String message) {
        String rules = grammar.replace("''\"", "'\"").replace('\'', '"').replace("\\n", "\n");
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> model.constraint(rules.equals("\"\"") ? "" : rules))
                .withMessageContaining(message);
    }

    @Test
    void refusesWhatWouldTakeForeverOrAllTheStack() {
        var doubling = new StringBuilder("root ::= a0\n");
        for (int i = 0; i < 60; i++) {
            doubling.append("a%d ::= a%d \"x\" | a%d \"y\"\n".formatted(i, i + 1, i + 1));
        }
        assertRefused(doubling + "a60 ::= \"z\"\n", "too many ways");
        var chain = new StringBuilder("root ::= a0\n");
        for (int i = 0; i < 15_000; i++) {
            chain.append("a%d ::= a%d\n".formatted(i, i + 1));
        }
        assertRefused(chain + "a15000 ::= \"z\"\n", "shorten the chain");
        assertRefused("root ::= " + "(".repeat(100_000) + "\"a\"" + ")".repeat(100_000), "nested more than");
        assertRefused("root ::= \"" + "a".repeat(10_000) + "\"{2000}", "too large");
        assertRefused("root ::= \"a\" # " + "b".repeat(2_000_000), "characters");
        assertThat(matches("root ::= " + "(".repeat(150) + "\"a\"" + ")".repeat(150), "a"))
                .isTrue();
    }

    private static void assertRefused(String grammar, String message) {
        assertThatExceptionOfType(ConstraintException.class)
                .isThrownBy(() -> model.constraint(grammar))
                .withMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void neitherDamagedGrammarsNorTheirAnswersEndTheProcess(int seed) {
        String[] parts = {
            "root ::= ", "\n", "x", "y", "root", " | ", "\"a\"", "\"bc\"", "[a-c]", "[^a]", ".", "*",
            "+", "?", "{0,2}", "{3}", "(", ")", " ", "\"\"", "\"é\"", "\"at\"", "[\\x00-\\x20]",
                    "[\\U00000000-\\U0010FFFF]"
        };
        int run = 0;
        var random = new Random(seed);
        for (int i = 0; i < 4000; i++) {
            var grammar = new StringBuilder("root ::= ");
            int length = 1 + random.nextInt(12);
            for (int part = 0; part < length; part++) {
                grammar.append(parts[random.nextInt(parts.length)]);
            }
            grammar.append(random.nextBoolean() ? "\nx ::= \"a\" y?\ny ::= [ab]*\n" : "");
            try {
                TokenConstraint constraint = model.constraint(grammar.toString());
                walk(constraint, grammar.indexOf("root", 4) < 0 ? 12 : 1, random);
                run++;
            } catch (ConstraintException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        assertThat(run).isGreaterThan(300);
    }

    private static void walk(TokenConstraint constraint, int steps, Random random) {
        try (var state = constraint.begin()) {
            for (int step = 0; step < steps; step++) {
                List<Integer> allowed = GrammarWalk.allowed(state, model.vocabulary());
                if (allowed.isEmpty()) {
                    return;
                }
                int token = allowed.get(random.nextInt(allowed.size()));
                state.accept(token);
                if (token == END) {
                    return;
                }
            }
        }
    }

    @Test
    void theRowAndSingleTokensAreJudgedAlike() {
        var random = new Random(5);
        var constraint = model.constraint("root ::= ([^aeiou]{1,3} | \"the\" | \"é\")* \"!\"");
        for (int i = 0; i < 20; i++) {
            try (var state = constraint.begin()) {
                for (int step = 0; step < 10; step++) {
                    List<Integer> allowed = GrammarWalk.allowed(state, model.vocabulary());
                    for (int id = 0; id < model.vocabulary().size(); id++) {
                        assertThat(state.allows(id)).as("token %d", id).isEqualTo(allowed.contains(id));
                    }
                    int token = allowed.get(random.nextInt(allowed.size()));
                    state.accept(token);
                    if (token == END) {
                        break;
                    }
                }
            }
        }
    }

    @Test
    void anAnswerIsNeverMalformedUtf8AndHoldsNoControlTokens() {
        var odd = SyntheticVocabulary.ofSize(300)
                .withToken(290, letters(0xC0, '@'))
                .withToken(291, letters(0xE0, 0x80, 0x80))
                .withToken(292, letters('a', 0xED, 0xA0))
                .withToken(293, letters(0xF0, 0x9F))
                .withToken(294, letters(0x98, 0x80, 'x'))
                .withToken(295, letters('a', 0, 'b'));
        Path file = folder.resolve("odd.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 3).withVocabulary(odd).write(file);
        try (var strange = LlamaModel.load(file, TestModels.OPTIONS)) {
            var constraint = strange.constraint("root ::= [\\U00000000-\\U0010FFFF]*");
            try (var state = constraint.begin()) {
                assertThat(GrammarWalk.allowed(state, strange.vocabulary()))
                        .contains(END, 293)
                        .doesNotContain(BEGIN, 290, 291, 292, 294, 295);
                state.accept(293);
                assertThat(state.allows(END)).isFalse();
                assertThat(state.allows(100)).isFalse();
                state.accept(294);
                assertThat(state.allows(END)).isTrue();
                assertThatIllegalArgumentException().isThrownBy(() -> state.accept(290));
            }
            var random = new Random(6);
            for (int i = 0; i < 50; i++) {
                assertThat(GrammarWalk.text(constraint, strange.vocabulary(), random, 40, 60)
                                .orElseThrow())
                        .doesNotContain("\uFFFD", "begin");
            }
        }
    }

    private static String letters(int... bytes) {
        var text = new StringBuilder();
        for (int value : bytes) {
            text.append(ByteAlphabet.letter(value));
        }
        return text.toString();
    }

    @Test
    void modelsAnswerInTheGrammarAtAnyTemperature() {
        var expected = Pattern.compile("\\[\\d{1,3}(, \\d{1,3}){0,4}]");
        var constraint = model.constraint("root ::= \"[\" [0-9]{1,3} (\", \" [0-9]{1,3}){0,4} \"]\"");
        var combined = ProxyTunedModel.of(synthetic(1), synthetic(2), synthetic(3));
        try (combined;
                var generator = Generator.open(combined, DecoderOptions.DEFAULT.withContextLength(200))) {
            for (int seed = 0; seed < 12; seed++) {
                var sampling = Sampling.atTemperature(seed % 4).withSeed(seed).withTopK(seed % 3 * 20);
                var completion = generator.generate(
                        GenerationRequest.of(Prompt.of(5, 6, 7)).withSampling(sampling.withConstraint(constraint)));
                assertThat(completion.text()).matches(expected);
                assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
            }
        }
    }

    private static LlamaModel synthetic(long seed) {
        return LlamaModel.load(TestModels.synthetic(folder, seed), TestModels.OPTIONS);
    }

    @Test
    void greedyAnswersAreThoseOfTheMaskedRow() {
        var constraint = model.constraint("root ::= [a-m ]{30}");
        Prompt prompt = Prompt.of(5, 6, 7);
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT.withContextLength(200));
                var decoder = model.open(new DecoderOptions(1, 200, 1));
                var state = constraint.begin()) {
            var completion = generator.generate(
                    GenerationRequest.of(prompt).withSampling(Sampling.GREEDY.withConstraint(constraint)));
            var batch = new Batch();
            batch.start(0, prompt, Steering.DEFAULT, true);
            for (var token : completion.tokens()) {
                decoder.decode(batch);
                float[] row = new float[model.vocabulary().size()];
                decoder.row(0).copyTo(0, row, 0, row.length);
                state.apply(row);
                assertThat(token.id()).isEqualTo(Greedy.argmax(row));
                state.accept(token.id());
                batch.clear().append(0, token.id(), true);
            }
            assertThat(completion.text()).matches("[a-m ]{30}");
        }
    }

    @Test
    void outlivesTheModelWhileAnAnswerRunsAndNotLonger() {
        var closing = LlamaModel.load(TestModels.synthetic(folder, 7), TestModels.OPTIONS);
        var constraint = closing.constraint("root ::= \"a\"");
        var state = constraint.begin();
        closing.close();
        assertThat(state.allows(99)).isTrue();
        state.close();
        state.close();
        assertThatIllegalStateException().isThrownBy(() -> state.allows(99));
        assertThatIllegalStateException().isThrownBy(constraint::begin);
        assertThatIllegalStateException().isThrownBy(() -> closing.constraint("root ::= \"a\""));
    }
}
