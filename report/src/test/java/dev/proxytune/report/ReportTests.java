package dev.proxytune.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.eval.Bootstrap;
import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTests {
    private static final ReportOptions OPTIONS =
            ReportOptions.DEFAULT.withLeast(10).withScore(ScoreOptions.DEFAULT.withBootstrap(new Bootstrap(1, 500)));
    private static final ReportOptions GSM = OPTIONS.withTask(Task.named("gsm8k"));

    @TempDir
    private Path folder;

    private ExampleFiles examples;

    @BeforeEach
    void prepare() {
        examples = new ExampleFiles(folder, 60);
    }

    private static Report report(ReportOptions options, Object... files) {
        return Report.of(
                Stream.of(files)
                        .map(file -> NamedFile.of(file.toString(), Optional.empty()))
                        .toList(),
                options);
    }

    private static Object at(Map<?, ?> object, String... keys) {
        Object inner = object;
        for (String key : keys) {
            inner = Objects.requireNonNull(((Map<?, ?>) inner).get(key));
        }
        return inner;
    }

    private static Set<?> systems(Report report) {
        return ((Map<?, ?>) at(report.object(), "tasks", "gsm8k", "systems")).keySet();
    }

    private static String file(Report report, String system) {
        return at(report.object(), "tasks", "gsm8k", "systems", system, "file").toString();
    }

    private Path rows(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private static String row(String question, int right) {
        return "{\"question\": \"" + question + "\", \"answer\": \"1\", \"prediction\": \"" + right + "\"}";
    }

    @Test
    void findsRolesBySettings() throws IOException {
        Report report = report(
                OPTIONS,
                examples.plain("x1.jsonl", .9, "big-tuned.gguf", 1),
                examples.steered("x2.jsonl", .7, "0.5", 2),
                examples.steered("x3.jsonl", .8, "1", 3),
                examples.plain("x4.jsonl", .4, "small-chat.gguf", 4),
                examples.plain("x5.jsonl", .2, "big.gguf", 5));
        assertThat(systems(report)).isEqualTo(Set.of("base", "proxy", "expert", "tuned"));
        assertThat(file(report, "base")).endsWith("x5.jsonl");
        assertThat(file(report, "proxy")).endsWith("x3.jsonl");
        assertThat(file(report, "expert")).endsWith("x4.jsonl");
        assertThat(file(report, "tuned")).endsWith("x1.jsonl");
        assertThat(report.roles()).hasSize(5).anyMatch(line -> line.contains("x3.jsonl is proxy-tuned, α = 1"));
        assertThat(report.object().get("figures"))
                .isEqualTo(List.of(
                        "scores",
                        "gap-closed",
                        "alpha-sweep-gsm8k",
                        "changed-by-position-gsm8k",
                        "moved-tokens-gsm8k",
                        "equation-sides-gsm8k"));
        assertThat(at(report.object(), "tasks", "gsm8k", "tokens", "equations", "left", "mean"))
                .asInstanceOf(InstanceOfAssertFactories.DOUBLE)
                .isEqualTo(.13, within(.03));
    }

    @Test
    void takesExpertsWithoutWeightForTheBase() throws IOException {
        Report report = report(
                OPTIONS,
                examples.steered("a.alpha-0.jsonl", .3, "0", 1),
                examples.steered("a.alpha-1.jsonl", .6, "1", 2),
                examples.plain("x.jsonl", .9, "other.gguf", 3));
        assertThat(systems(report)).isEqualTo(Set.of("base", "proxy", "tuned"));
        assertThat(file(report, "base")).endsWith("a.alpha-0.jsonl");
        assertThat(report.object().get("gap_closed")).isNotNull();
    }

    @Test
    void findsRolesByNamesAndByOrder() throws IOException {
        Path first = examples.bare("a.jsonl", .3, 1);
        Path second = examples.bare("b.jsonl", .6, 2);
        Path third = examples.bare("c.jsonl", .9, 3);
        assertThat(report(GSM, first, second, third).roles())
                .satisfiesExactly(
                        line -> assertThat(line).contains("a.jsonl is base (by its place)"),
                        line -> assertThat(line).contains("b.jsonl is proxy-tuned (by its place)"),
                        line -> assertThat(line).contains("c.jsonl is tuned (by its place)"));
        Path tuned = Files.move(first, folder.resolve("my-tuned.jsonl"));
        Path steered = Files.move(third, folder.resolve("proxy-tuned.jsonl"));
        assertThat(report(GSM, tuned, steered, second).roles())
                .anyMatch(line -> line.contains("my-tuned.jsonl is tuned (by its name)"))
                .anyMatch(line -> line.contains("proxy-tuned.jsonl is proxy-tuned (by its name)"))
                .anyMatch(line -> line.contains("b.jsonl is base (by its place)"));
    }

    @Test
    void computesTheGapThatIsClosedWithItsInterval() throws IOException {
        String[] none = new String[100];
        String[] some = new String[100];
        String[] all = new String[100];
        for (int i = 0; i < 100; i++) {
            none[i] = row("q" + i, 0);
            some[i] = row("q" + i, i < 75 ? 1 : 0);
            all[i] = row("q" + i, 1);
        }
        Report report = report(GSM, rows("b", none), rows("p", some), rows("t", all));
        assertThat(report.object().get("gap_closed")).isEqualTo(.75);
        List<?> ci95 = (List<?>) at(report.object(), "gap_closed_ci95");
        assertThat((Double) ci95.getFirst()).isBetween(.62, .70);
        assertThat((Double) ci95.getLast()).isBetween(.80, .86);
        List<?> tests = (List<?>) at(report.object(), "tasks", "gsm8k", "tests");
        assertThat(tests.getFirst().toString()).contains("proxy-tuned", "base", "difference=0.75", "test=mcnemar");
        assertThat(report.text()).contains("75.0\u00a0%", "McNemar, exact", "gap closed");
    }

    @Test
    void averagesOverTasks() throws IOException {
        Path[] files = new Path[6];
        for (int i = 0; i < 3; i++) {
            String right = i == 0 ? "x" : "y";
            files[i] = rows("g" + i, row("q", i == 0 ? 0 : 1), row("r", i == 2 ? 1 : 0));
            files[3 + i] = rows(
                    "t" + i,
                    "{\"question\": \"q\", \"answers\": [\"y\"], \"prediction\": \"" + right + "\"}",
                    "{\"question\": \"r\", \"answers\": [\"y\"], \"prediction\": \"" + right + "\"}");
        }
        Report report = report(
                OPTIONS,
                "gsm8k:" + files[0],
                "triviaqa:" + files[3],
                "gsm8k:" + files[1],
                "triviaqa:" + files[4],
                "gsm8k:" + files[2],
                "triviaqa:" + files[5]);
        assertThat(report.object().get("gap_closed")).isEqualTo(.75);
        assertThat(report.text()).contains("on average over 2 tasks");
    }

    @Test
    void saysWhereThereIsNoGap() throws IOException {
        Path[] same = {rows("b", row("q", 1)), rows("p", row("q", 0)), rows("t", row("q", 1))};
        Report report = report(GSM, (Object[]) same);
        assertThat(report.object().get("gap_closed")).isNull();
        assertThat(report.notes()).anyMatch(note -> note.contains("no gap"));
        assertThat(report.html()).doesNotContain("NaN");
    }

    @Test
    void leavesFiguresOutThatNeedATrace() throws IOException {
        Path base = examples.bare("base.jsonl", .3, 1);
        Path proxy = examples.bare("proxy.jsonl", .6, 2);
        Report report = report(GSM, base, proxy);
        assertThat(report.object().get("figures")).isEqualTo(List.of("scores"));
        assertThat(report.notes()).singleElement().asString().contains("proxy.jsonl", "no trace", "--trace");
    }

    @Test
    void namesFileAndRowOfWhatIsWrong() throws IOException {
        Path good = rows("good", row("a", 1), row("b", 1));
        refuses(GSM, List.of(good, rows("less", row("a", 1))), "good, row 2", "less", ": b");
        refuses(GSM, List.of(good, rows("other", row("a", 1), row("z", 1))), "good, row 2", "other");
        refuses(GSM, List.of(good, rows("lacks", row("a", 1), "{\"question\": \"b\"}")), "lacks, row 2", "answer");
        refuses(GSM, List.of(good, rows("empty")), "empty", "no rows");
        refuses(GSM, List.of(good, folder.resolve("absent")), "absent", "no such file");
        refuses(GSM, List.of(good, good), "named twice");
        refuses(OPTIONS, List.of(good), "good", "--task", "TASK:", "gsm8k,");
        refuses(OPTIONS.withTask(Task.named("humaneval")), List.of(good), "good, row 1", "another task");
        refuses(
                OPTIONS.withTask(Task.named("triviaqa")),
                List.of(examples.plain("s.jsonl", 1, "m", 1)),
                "s.jsonl",
                "gsm8k",
                "triviaqa");
        refuses(
                GSM,
                List.of(good, rows("g2", row("a", 1)), rows("g3", row("a", 1)), rows("g4", row("a", 1))),
                "g4",
                "--base");
        refuses(GSM, List.of(rows("base1-base", row("a", 1)), rows("base2-base", row("a", 1))), "both base", "name");
    }

    @Test
    void refusesRowsThatAreDoubledAndTracesThatAreBroken() throws IOException {
        String numbered = row("a", 1).replace("}", ", \"index\": 4, \"sample\": 0}");
        refuses(
                GSM,
                List.of(rows("doubled", row("b", 1), numbered, numbered)),
                "doubled, row 3",
                "question 4",
                "row 2");
        String trace =
                row("a", 1).replace("}", ", \"trace\": {\"tokens\": [\"x\"], \"delta\": [], \"changed\": [true]}}");
        refuses(GSM, List.of(rows("proxy-x", trace)), "proxy-x, row 1", "1 tokens, 0 delta");
        String wrong = trace.replace("[]", "[\"much\"]");
        refuses(GSM, List.of(rows("proxy-y", wrong)), "proxy-y, row 1", "delta", "much");
    }

    @Test
    void refusesTwoFilesOfOneWeight() throws IOException {
        List<Path> files = List.of(examples.steered("p1", .5, "1", 1), examples.steered("p2", .5, "1.0", 2));
        refuses(OPTIONS, files, "p1", "p2", "both proxy-tuned", "different weights");
    }

    private void refuses(ReportOptions options, List<Path> files, String... says) {
        assertThatThrownBy(() -> report(options, files.toArray()))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll(says)
                .hasMessageNotContaining("\n");
    }
}
