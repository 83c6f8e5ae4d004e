package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden files were made by Python's own re and str methods. */
class ExtractionTests {
    private static final TaskQuestion QUESTION = new TaskQuestion(
            0, "0", TaskPrompt.of("", "", ""), Map.of("mc_answer_idx", "A", "answer", "A", "question", "q"));

    private static Stream<Row> golden(String name) throws URISyntaxException {
        var resource = Objects.requireNonNull(ExtractionTests.class.getResource(name));
        return RowFile.read(Path.of(resource.toURI())).stream();
    }

    @TestFactory
    Stream<DynamicTest> extractsAsTheGoldenFilesSay() throws URISyntaxException {
        return Stream.of(
                        check("gsm8k.jsonl", row -> parsed("gsm8k", row).get("prediction")),
                        check(
                                "choices.jsonl",
                                row -> parsed("truthfulqa-mc", row).get("parsed_output")),
                        check("choices.jsonl", row -> parsed("realtimeqa", row).get("prediction")),
                        check("code.jsonl", row -> parsed("humaneval", row).get("completion")),
                        check("code.jsonl", row -> parsed("ds1000", row).get("completion")),
                        check(
                                "truthfulqa.jsonl",
                                row -> parsed("truthfulqa", row).get("output")),
                        check(
                                "exact.jsonl",
                                row -> String.valueOf(Texts.bare(row.requiredText("output"))
                                        .equals(Texts.bare(row.requiredText("answer"))))))
                .flatMap(tests -> tests);
    }

    private static Map<String, @Nullable Object> parsed(String task, Row row) {
        return Task.named(task).parsed(QUESTION, row.requiredText("output"));
    }

    private static Stream<DynamicTest> check(String name, Function<Row, @Nullable Object> extract)
            throws URISyntaxException {
        return golden(name)
                .map(row -> DynamicTest.dynamicTest(
                        row.place(), () -> assertThat(extract.apply(row)).isEqualTo(row.requiredText("expected"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "18|18|true",
                "18.00|18|true",
                "$1,234.50|1234.5|true",
                "-5|5|false",
                "−5|-5|true",
                "18%|18|true",
                "18.|18|true",
                "+3|3|true",
                ".5|0.5|true",
                "The answer is 18.0 apples|18|true",
                "eighteen|18|false",
                "1e3|1000|true",
                "1e999999999|5|false",
                "|5|false",
                "x = -5|-5|true",
                "The answer is -5.|5|false",
                "The answer is −5.|-5|true",
                "so (-5) it is|-5|true",
                "it owes -$1,250|-1250|true",
                "from 10-5|5|true",
                "10 - 5|5|true",
                "(2)-5|5|true",
                "−$5|-5|true",
                "it is +5 now|5|true",
                "it fell by -0.5 degrees|-0.5|true",
                "€ 7|7|true",
                "1,2,3|123|false"
            })
    void comparesNumbers(String one, String other, boolean same) {
        assertThat(Texts.isSameNumber(one == null ? "" : one, other)).isEqualTo(same);
    }

    @Test
    void marksUndecidedChoicesAsNeitherRightNorWrong() {
        Task task = Task.named("truthfulqa-mc");
        assertThat(task.parsed(QUESTION, "E").get("correct")).isNull();
        assertThat(task.parsed(QUESTION, " A.").get("correct")).isEqualTo(true);
        assertThat(task.parsed(QUESTION, "B").get("correct")).isEqualTo(false);
    }

    @Test
    void doesNotMindLongAnswers() {
        String digits = "7".repeat(200_000);
        assertThat(Task.named("gsm8k").parsed(QUESTION, digits).get("prediction"))
                .isEqualTo(digits);
    }
}
