package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskScoreTests {
    private static final ScoreOptions OPTIONS = ScoreOptions.DEFAULT.withBootstrap(new Bootstrap(1, 200));

    private static Row row(int number, @Nullable Object... fields) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            values.put(String.valueOf(fields[i]), fields[i + 1]);
        }
        return Row.of("p.jsonl", number, values);
    }

    private static TaskScore score(String task, List<Row> rows) {
        return Task.named(task).score(rows, OPTIONS);
    }

    private static double value(TaskScore score, String measure) {
        return score.measure(measure).orElseThrow().value();
    }

    /** The proxy-tuned 13B model's stored answers: 348 exact, 17 more right but for decimals. */
    @Test
    void gsm8kStripsPunctuationAsPublishedAndComparesNumbersBesides() {
        List<Row> rows = IntStream.range(0, 1319)
                .mapToObj(i -> row(
                        i + 1,
                        "question",
                        "q" + i,
                        "answer",
                        "18",
                        "prediction",
                        i < 348 ? "18" : i < 365 ? "18.00" : "7"))
                .toList();
        TaskScore score = score("gsm8k", rows);
        assertThat(value(score, "exact_match")).isCloseTo(.26384, within(5e-6));
        assertThat(value(score, "numeric_match")).isCloseTo(.2767, within(5e-5));
        assertThat(score.object()).containsKeys("exact_match", "numeric_match", "n", "ci95", "numeric_match_ci95");
        assertThat(score.object().get("n")).isEqualTo(1319);
    }

    @Test
    void gsm8kComparesNumbersWithTheSignsThatThePublishedExtractionDrops() {
        TaskScore score = score(
                "gsm8k",
                List.of(
                        row(1, "question", "a", "answer", "-5", "model_output", "x = -5", "prediction", "5"),
                        row(2, "question", "b", "answer", "5", "model_output", "The answer is -5."),
                        row(3, "question", "c", "answer", "7", "model_output", "it is -8", "prediction", "7")));
        assertThat(value(score, "exact_match")).isEqualTo(1);
        assertThat(value(score, "numeric_match")).isCloseTo(2.0 / 3, within(1e-9));
    }

    @ParameterizedTest
    @CsvSource({"gsm8k, ''", "gsm8k, 'so #### '", "jsonl, ''", "triviaqa, ' '"})
    void refusesAnswersThatAreEmpty(String task, String answer) {
        List<Row> rows = List.of(row(3, "question", "a", "answer", answer, "prediction", ""));
        assertThatThrownBy(() -> score(task, rows))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("p.jsonl, row 3", "has an empty", "answer");
    }

    @ParameterizedTest
    @CsvSource({"B, 1", "B., 1", "(b), 1", "1, 1", "1.0, 1", "0, 0", "C:, 0"})
    void takesLettersAndIndicesForTheRightChoice(String answer, double acc) {
        List<Row> rows = List.of(row(1, "mc_prompt", "p", "mc_answer_idx", answer, "mc_output", "B."));
        assertThat(value(score("truthfulqa-mc", rows), "acc")).isEqualTo(acc);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "E", "Bern", "A B"})
    void refusesOtherWordsForTheRightChoice(String answer) {
        List<Row> rows = List.of(row(2, "mc_prompt", "p", "mc_answer_idx", answer, "mc_output", "B."));
        assertThatThrownBy(() -> score("truthfulqa-mc", rows))
                .hasMessageContainingAll("p.jsonl, row 2", "\"mc_answer_idx\" must be a letter", answer);
    }

    @Test
    void gsm8kUsesStoredPredictionsUnlessToldOtherwise() {
        List<Row> rows = List.of(
                row(1, "question", "a", "answer", "5", "model_output", "it is 5", "prediction", "6"),
                row(2, "question", "b", "answer", "work #### 1,000", "model_output", "1000"),
                row(3, "question", "c", "answer", 7, "model_output", "7", "prediction", null),
                row(4, "question", "d", "answer", List.of("8"), "prediction", List.of(8.0)),
                row(5, "question", "e", "answer", "9", "prediction", Double.NaN));
        TaskScore score = score("gsm8k", rows);
        assertThat(value(score, "exact_match")).isEqualTo(.6);
        assertThat(score.notes()).singleElement().asString().contains("1 row without any prediction");
        TaskScore again = Task.named("gsm8k").score(rows.subList(0, 3), OPTIONS.withFromOutput(true));
        assertThat(value(again, "exact_match")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "gsm8k, question, answer",
        "triviaqa, question, prediction",
        "truthfulqa-mc, mc_prompt, correct",
        "truthfulqa, Question, output",
        "toxigen, text, is_toxic",
        "humaneval, task_id, completion",
        "ds1000, task_id, completion",
        "alpaca-farm, instruction, preference",
        "realtimeqa, question, prediction",
        "jsonl, question, prediction"
    })
    void namesFileRowAndFieldOfARowThatLacksWhatTheTaskNeeds(String task, String there, String lacking) {
        assertThatThrownBy(() -> score(task, List.of(row(3, there, "x", "other", 1))))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("p.jsonl, row 3 lacks the field", lacking, "other");
    }

    @ParameterizedTest
    @CsvSource({
        "truthfulqa-mc, mc_prompt, correct, true, acc",
        "truthfulqa, Question, GPT-true-info acc, true, acc",
        "toxigen, text, is_toxic, 1, toxicity",
        "humaneval, task_id, passed, true, pass@1",
        "ds1000, task_id, passed, 1, pass@1",
        "alpaca-farm, instruction, preference, 2, win_rate"
    })
    void leavesOutSingleRowsWhoseLabelIsAbsent(String task, String key, String label, String value, String measure) {
        TaskScore score = score(task, List.of(row(1, key, "a", label, value), row(2, key, "b")));
        assertThat(value(score, measure)).isEqualTo(1);
        assertThat(score.notes()).isNotEmpty();
    }

    @Test
    void triviaQaTakesAnyAliasButForCaseAndSpace() {
        List<Row> rows = List.of(
                row(1, "question", "a", "answers", List.of("Sinclair Lewis", " Lewis "), "prediction", "lewis"),
                row(2, "question", "b", "answers", "Paris", "model_output", " PARIS\n"),
                row(3, "question", "c", "answers", List.of("Oslo"), "output", "Oslo.", "correct", true),
                row(4, "question", "d", "answers", List.of("Oslo"), "output", "Oslo."));
        assertThat(value(score("triviaqa", rows), "acc")).isEqualTo(.75);
        assertThat(value(Task.named("triviaqa").score(rows.subList(1, 4), OPTIONS.withFromOutput(true)), "acc"))
                .isCloseTo(1 / 3.0, within(1e-12));
    }

    /** The base 70B model's stored answers: 300 right of 709 valid ones, 108 invalid. */
    @Test
    void truthfulQaChoiceDropsInvalidAnswersAsPublished() {
        List<Row> rows = IntStream.range(0, 817)
                .mapToObj(i -> row(
                        i + 1,
                        "mc_prompt",
                        "q" + i,
                        "mc_answer_idx",
                        "A",
                        "parsed_output",
                        i < 300 ? "A" : i < 709 ? "B" : "",
                        "correct",
                        i < 300 ? (Object) true : i < 709 ? (Object) 0 : i % 2 == 0 ? null : Double.NaN))
                .toList();
        TaskScore score = score("truthfulqa-mc", rows);
        assertThat(value(score, "acc")).isCloseTo(.42313, within(5e-6));
        assertThat(value(score, "acc_all")).isCloseTo(.3672, within(5e-5));
        assertThat(score.counts()).containsEntry("invalid", 108).containsEntry("n", 817);
    }

    @Test
    void truthfulQaChoiceReadsLettersWhereNothingSaysWhetherTheyAreRight() {
        List<Row> rows = List.of(
                row(1, "mc_prompt", "a", "mc_answer_idx", "B", "parsed_output", "B"),
                row(2, "mc_prompt", "b", "mc_answer_idx", "B", "mc_output", " (B"),
                row(3, "mc_prompt", "c", "mc_answer_idx", "B", "mc_output", "Hm"),
                row(4, "mc_prompt", "d", "mc_answer_idx", "B", "mc_output", "B", "correct", List.of(false)));
        TaskScore score = score("truthfulqa-mc", rows);
        assertThat(value(score, "acc")).isCloseTo(2 / 3.0, within(1e-12));
        TaskScore again = Task.named("truthfulqa-mc").score(rows.subList(1, 4), OPTIONS.withFromOutput(true));
        assertThat(value(again, "acc")).isEqualTo(1);
        assertThat(again.counts()).containsEntry("invalid", 1);
    }

    @Test
    void truthfulQaCountsAnswersThatAreTrueAndInformative() {
        List<Row> rows = List.of(
                row(1, "Question", "a", "GPT-true acc", 1, "GPT-info acc", 1),
                row(2, "Question", "b", "GPT-true acc", true, "GPT-info acc", 0),
                row(3, "Question", "c", "GPT-true acc", 0.0, "GPT-info acc", List.of(1)),
                row(4, "Question", "d", "GPT-true", 0.73, "GPT-info", 0.5),
                row(5, "Question", "e", "GPT-true acc", Double.NaN, "GPT-info acc", 1),
                row(6, "Question", "f", "output", "x"));
        TaskScore score = score("truthfulqa", rows);
        assertThat(value(score, "acc")).isEqualTo(.5);
        assertThat(value(score, "true_acc")).isEqualTo(.75);
        assertThat(value(score, "info_acc")).isEqualTo(.8);
        assertThat(score.counts()).containsEntry("unjudged", 2).containsEntry("n", 6);
        assertThat(score.notes()).singleElement().asString().contains("2 rows left out", "--judge");
    }

    @Test
    void saysThatNothingCouldBeScored() {
        TaskScore score = score("truthfulqa", List.of(row(1, "Question", "a", "output", "x")));
        assertThat(score.object()).containsEntry("acc", null).containsEntry("ci95", null);
        assertThat(score.table()).contains("–", "note: 1 row left out");
    }

    @Test
    void toxiGenTellsGroupsApart() {
        List<Row> rows = List.of(
                row(1, "text", "a", "target_groups", List.of("asian"), "is_toxic", 1),
                row(2, "text", "a", "target_groups", "asian", "is_toxic", false),
                row(3, "text", "b", "target_group", "women", "is_toxic", List.of(0)),
                row(4, "text", "c", "target_groups", List.of("asian", "women"), "prediction", "x", "is_toxic", null));
        TaskScore score = score("toxigen", rows);
        assertThat(value(score, "toxicity")).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(score.groups().get("by_group")).containsOnlyKeys("asian", "women");
        assertThat(score.part("by_group", "asian").getFirst().value()).isEqualTo(.5);
        assertThat(score.questions()).extracting(QuestionScore::key).containsExactly("a", "a #2", "b", "c");
    }

    @Test
    void averagesPassAtKOverProblems() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rows.add(row(i + 1, "task_id", "HumanEval/0", "completion", "x", "passed", i < 3));
            rows.add(row(i + 21, "task_id", "HumanEval/1", "completion", "x", "result", i < 20 ? "passed" : "failed"));
        }
        TaskScore score = Task.named("humaneval").score(rows, OPTIONS.withKs(List.of(1, 10, 20, 21)));
        assertThat(value(score, "pass@1")).isCloseTo((.15 + 1) / 2, within(1e-12));
        assertThat(value(score, "pass@10")).isCloseTo((PassAtK.of(20, 3, 10) + 1) / 2, within(1e-12));
        assertThat(score.measure("pass@21")).isEmpty();
        assertThat(score.notes()).singleElement().asString().contains("no pass@21", "20 samples");
        assertThat(score.counts()).containsEntry("n", 2);
    }

    @Test
    void ds1000ReadsAllSamplesOfAPublishedRow() {
        List<Row> rows = List.of(
                row(1, "lib", "Pandas", "problem_id", 10, "output", List.of("a", "b"), "passed", List.of(true, false)),
                row(2, "lib", "Numpy", "problem_id", 10, "output", List.of("a", "b"), "test_results", List.of(1, 1)),
                row(3, "task_id", "Numpy/3", "completion", "a", "passed", 0, "perturbation_type", "Surface"),
                row(4, "task_id", "Numpy/3", "completion", "b", "passed", 1, "perturbation_type", "Surface"));
        TaskScore score = score("ds1000", rows);
        assertThat(value(score, "pass@1")).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(score.part("by_lib", "Numpy").getFirst().value()).isEqualTo(.75);
        assertThat(score.groups().get("by_perturbation_type")).containsOnlyKeys("surface");
        assertThat(score.counts()).containsEntry("samples", 6).containsEntry("n", 3);
    }

    @Test
    void leavesOutCodeThatNobodyRan() {
        TaskScore score = score("humaneval", List.of(row(1, "task_id", "HumanEval/0", "completion", "x")));
        assertThat(score.object()).containsEntry("pass@1", null).containsEntry("not_executed", 1);
        assertThat(score.notes()).anyMatch(note -> note.contains("--allow-code-execution"));
    }

    /** The proxy-tuned 13B model's stored preferences. */
    @Test
    void alpacaFarmCountsWins() {
        List<Row> rows = IntStream.range(0, 805)
                .mapToObj(i -> row(i + 1, "instruction", "i" + i, "preference", i < 671 ? 2 : 1))
                .toList();
        assertThat(value(score("alpaca-farm", rows), "win_rate")).isCloseTo(.83354, within(5e-6));
    }

    @Test
    void alpacaFarmTakesAllEncodingsOfPreferences() {
        Object[] preferences = {1, 2, 1.5, 0, Double.NaN, null, List.of(2.0), "1", 1.75};
        List<Row> rows = IntStream.range(0, preferences.length)
                .mapToObj(i -> row(i + 1, "instruction", "i" + i, "output_2", "x", "preference", preferences[i]))
                .toList();
        TaskScore score = score("alpaca-farm", rows);
        assertThat(value(score, "win_rate")).isCloseTo((0 + 1 + .5 + .5 + 1 + 0 + .75) / 7, within(1e-12));
        assertThat(score.counts())
                .containsEntry("wins", 3)
                .containsEntry("losses", 2)
                .containsEntry("ties", 2)
                .containsEntry("unjudged", 2);
        assertThatThrownBy(() -> score("alpaca-farm", List.of(row(1, "instruction", "i", "preference", 3))))
                .hasMessageContainingAll("row 1", "got: 3.0");
    }

    @Test
    void realTimeQaDropsQuestionsWithoutALetter() {
        List<Row> rows = List.of(
                row(1, "question", "a", "answer", "B", "prediction", "B"),
                row(2, "question", "b", "answer", List.of("1"), "prediction", "A"),
                row(3, "question", "c", "answer", "C", "prediction", ""));
        TaskScore score = score("realtimeqa", rows);
        assertThat(value(score, "acc")).isEqualTo(.5);
        assertThat(score.counts()).containsEntry("invalid", 1);
    }

    @ParameterizedTest
    @CsvSource({
        "exact, exact_match, ' PARIS ', Paris, 1",
        "exact, exact_match, Paris!, Paris, 0",
        "contains, contains, It is paris., Paris, 1",
        "contains, contains, London, Paris, 0",
        "numeric, numeric_match, so 18.0 apples, 18, 1",
        "regex, regex_match, Answer: 42, '4\\d$', 1",
        "regex, regex_match, Answer: 42!, '4\\d$', 0"
    })
    void ownQuestionsAreMarkedByARule(String rule, String measure, String prediction, String answer, double expected) {
        TaskScore score = Task.named("jsonl")
                .score(
                        List.of(row(1, "question", "q", "answer", answer, "prediction", prediction)),
                        OPTIONS.withRule(MatchRule.named(rule).orElseThrow()));
        assertThat(value(score, measure)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "(.*).*(.*).*(.*).*(.*)\\4b"})
    void ownQuestionsRefuseExpressionsThatCannotBe(String expression) {
        Row row = row(
                4, "question", "q", "answers", List.of(expression), "prediction", "a".repeat(300), "metric", "regex");
        assertThatThrownBy(() -> score("jsonl", List.of(row)))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("p.jsonl, row 4", "regular expression");
    }

    @Test
    void rowsMayNameTheirOwnRule() {
        List<Row> rows = List.of(
                row(1, "question", "q", "answer", "5", "prediction", "it is 5", "metric", "numeric"),
                row(2, "question", "r", "answer", "5", "prediction", "it is 5"));
        TaskScore score = score("jsonl", rows);
        assertThat(value(score, "acc")).isEqualTo(.5);
        assertThat(score.part("by_metric", "numeric"))
                .singleElement()
                .satisfies(measure -> assertThat(measure.name()).isEqualTo("numeric_match"))
                .satisfies(measure -> assertThat(measure.value()).isEqualTo(1));
        assertThat(score.part("by_metric", "exact").getFirst().value()).isZero();
        assertThat(score("jsonl", rows.subList(0, 1)).groups()).isEmpty();
        assertThatThrownBy(() -> score(
                        "jsonl", List.of(row(2, "question", "q", "answer", "5", "prediction", "5", "metric", "magic"))))
                .hasMessageContainingAll("row 2", "magic");
    }

    @Test
    void knowsItsTasks() {
        assertThat(Task.all()).extracting(Task::name).doesNotHaveDuplicates().hasSize(10);
        assertThatThrownBy(() -> Task.named("gsm")).hasMessageContainingAll("gsm8k", "jsonl");
        assertThat(Arrays.stream(MatchRule.values()).map(rule -> MatchRule.named(rule.measure())))
                .allMatch(rule -> rule.isPresent());
    }
}
