package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.eval.FakeJudge.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTests {
    private static final Row ANSWER = Row.of(
            "p.jsonl",
            1,
            Map.of("Question", "Is {answer} $1 true?", "output", "Answer: It \\is.", "Correct Answers", "Yes"));

    private static Judge judge(String task, FakeJudge server, JudgePrompts prompts, Row... data) {
        var endpoint = new JudgeEndpoint(
                server.url(), "judge-1", Optional.of("sk-secret"), Duration.ofMillis(1500), 3, Duration.ofMillis(1));
        return new Judge(Task.named(task), endpoint, prompts, List.of(data));
    }

    private static Judge judge(String task, FakeJudge server) {
        return judge(task, server, JudgePrompts.own());
    }

    @Test
    void asksWhetherAnswersAreTrueAndInformative() throws Exception {
        try (var server = new FakeJudge((request, _) -> Reply.saying(request == 1 ? "Yes." : "**No**, because…"));
                var judge = judge("truthfulqa", server)) {
            assertThat(judge.label(ANSWER))
                    .containsEntry("GPT-true acc", 1)
                    .containsEntry("GPT-info acc", 0)
                    .containsEntry("judge", "judge-1");
            assertThat(server.asked.getFirst().requiredText("model")).isEqualTo("judge-1");
            assertThat(server.asked
                            .getFirst()
                            .firstObject("messages")
                            .orElseThrow()
                            .requiredText("content"))
                    .contains(
                            "Question: Is {answer} $1 true?\n",
                            "Answer to check: It \\is.\n",
                            "Answers that are true: Yes");
            assertThat(server.keys).containsOnly("Bearer sk-secret");
            assertThat(judge.notes()).isEmpty();
        }
    }

    @Test
    void asksOnlyForWhatIsMissing() throws Exception {
        try (var server = new FakeJudge((_, _) -> Reply.saying("yes"));
                var judge = judge("truthfulqa", server)) {
            assertThat(judge.label(ANSWER.with(Map.of("GPT-true acc", 0)))).containsOnlyKeys("GPT-info acc", "judge");
            assertThat(server.asked).hasSize(1);
            assertThat(judge.lacks(ANSWER.with(Map.of("GPT-true acc", 0, "GPT-info acc", Double.NaN))))
                    .isTrue();
            assertThat(judge.lacks(ANSWER.with(Map.of("GPT-true acc", 0, "GPT-info", 0.2))))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"429, 1", "500, ", "503, ", "408, "})
    void triesAgainWhatMayBeBetterLater(int status, String retryAfter) throws Exception {
        try (var server = new FakeJudge((request, _) -> request == 1
                        ? new Reply(status, "later", retryAfter == null ? Map.of() : Map.of("Retry-After", retryAfter))
                        : Reply.saying("yes"));
                var judge = judge("toxigen", server)) {
            assertThat(judge.label(Row.of("p", 1, Map.of("text", "t", "prediction", "x"))))
                    .containsEntry("is_toxic", 1);
            assertThat(server.asked).hasSize(2);
        }
    }

    @Test
    void givesUpAnswersThatStallInTheMiddle() throws Exception {
        try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                var endless = Executors.newVirtualThreadPerTaskExecutor()) {
            var _ = endless.submit(() -> {
                Socket socket = server.accept();
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".getBytes(StandardCharsets.US_ASCII));
                return socket;
            });
            var endpoint = new JudgeEndpoint(
                    URI.create("http://127.0.0.1:" + server.getLocalPort()),
                    "j",
                    Optional.empty(),
                    Duration.ofMillis(300),
                    1,
                    Duration.ZERO);
            try (var judge = new Judge(Task.named("toxigen"), endpoint, JudgePrompts.own(), List.of())) {
                assertThat(judge.label(Row.of("p", 1, Map.of("text", "a", "prediction", "b"))))
                        .isEmpty();
                assertThat(judge.notes())
                        .singleElement()
                        .asString()
                        .contains("1 question was not answered", "no whole answer within 0.3 s");
            }
        }
    }

    @Test
    void saysWhyAJudgeIsOutOfReachAndHidesQueries() throws Exception {
        int port;
        try (var server = new ServerSocket(0)) {
            port = server.getLocalPort();
        }
        URI url = URI.create("http://127.0.0.1:" + port + "/v1?key=secret");
        var endpoint = new JudgeEndpoint(url, "j", Optional.empty(), Duration.ofSeconds(5), 1, Duration.ZERO);
        assertThat(endpoint.toString()).doesNotContain("secret");
        try (var judge = new Judge(Task.named("toxigen"), endpoint, JudgePrompts.own(), List.of())) {
            judge.label(Row.of("p", 1, Map.of("text", "a", "prediction", "b")));
            assertThat(judge.notes()).singleElement().asString().contains("(connection refused)");
        }
    }

    @Test
    void joinsAddressesWithAQueryAndNamesWhereARedirectPoints() throws Exception {
        try (var server = new FakeJudge((_, _) -> new Reply(302, "", Map.of("Location", "https://other.example/v1")))) {
            var endpoint = new JudgeEndpoint(
                    URI.create(server.url() + "/?version=1"),
                    "j",
                    Optional.empty(),
                    Duration.ofSeconds(5),
                    1,
                    Duration.ZERO);
            try (var judge = new Judge(Task.named("toxigen"), endpoint, JudgePrompts.own(), List.of())) {
                assertThatThrownBy(() -> judge.label(Row.of("p", 1, Map.of("text", "a", "prediction", "b"))))
                        .hasMessageContaining("302, which points to https://other.example/v1");
            }
        }
    }

    @Test
    void triesAgainAfterATimeout() throws Exception {
        var never = new CountDownLatch(1);
        try (var server = new FakeJudge((request, _) -> {
                    if (request == 1) {
                        never.await();
                    }
                    return Reply.saying("no");
                });
                var judge = judge("toxigen", server)) {
            assertThat(judge.label(Row.of("p", 1, Map.of("prediction", "x")))).containsEntry("is_toxic", 0);
        }
    }

    @Test
    void countsWhatIsNotAnswered() throws Exception {
        try (var server = new FakeJudge((_, _) -> Reply.of(503, ""));
                var judge = judge("toxigen", server)) {
            Row row = Row.of("p", 1, Map.of("prediction", "x"));
            for (int i = 0; i < 4; i++) {
                assertThat(judge.label(row)).isEmpty();
            }
            assertThat(server.asked).hasSize(12);
            assertThat(judge.notes()).singleElement().asString().contains("4 questions were not answered");
            assertThatThrownBy(() -> judge.label(row))
                    .isInstanceOf(ProxyTuneException.class)
                    .hasMessageContainingAll("does not answer after 3 tries", "503");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 302})
    void givesUpOnWhatWillNotGetBetterAndKeepsTheKeyToItself(int status) throws Exception {
        try (var server = new FakeJudge((_, _) -> Reply.of(status, "bad sk-secret\nhere"));
                var judge = judge("toxigen", server)) {
            assertThatThrownBy(() -> judge.label(Row.of("p", 1, Map.of("prediction", "x"))))
                    .isInstanceOf(ProxyTuneException.class)
                    .hasMessageContainingAll("judge-1", String.valueOf(status), "bad … here")
                    .message()
                    .doesNotContain("sk-secret");
            assertThat(server.asked).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"purple monkey", "", "yes and no and maybe", "¿", "[true story]…or is it"})
    void countsNonsense(String answer) throws Exception {
        try (var server = new FakeJudge((_, _) -> Reply.saying(answer));
                var judge = judge("alpaca-farm", server)) {
            Row row = Row.of("p", 1, Map.of("instruction", "i", "output_1", "a", "output_2", "b"));
            assertThat(judge.label(row)).isEmpty();
            assertThat(judge.notes()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "nonsense", "{\"choices\":[]}", "{\"choices\":[{\"message\":{\"content\":null}}]}", ""})
    void countsAnswersWithoutAText(String body) throws Exception {
        try (var server = new FakeJudge((_, _) -> Reply.of(200, body));
                var judge = judge("toxigen", server)) {
            assertThat(judge.label(Row.of("p", 1, Map.of("prediction", "x")))).isEmpty();
            assertThat(judge.notes()).singleElement().asString().contains("not answered");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "yes|true",
                "Yes.|true",
                "**NO**|false",
                "no, since it is|false",
                "I think the answer is yes|true",
                "<think>no no</think> yes|true",
                "'True'|true",
                "maybe|",
                "yesterday|",
                "yes or no|"
            })
    void readsTheFirstOrTheLastWord(String answer, Boolean verdict) {
        assertThat(Judge.verdict(answer, Map.of("yes", true, "true", true, "no", false)))
                .isEqualTo(Optional.ofNullable(verdict));
    }

    @Test
    void showsEitherAnswerFirstAndTellsThemApart() throws Exception {
        // This judge always wants the answer that says "good".
        try (var server = new FakeJudge((_, prompt) -> Reply.saying(prompt.contains("Answer 1: good") ? "1" : "2"));
                var judge = judge("alpaca-farm", server)) {
            int first = 0;
            for (int i = 0; i < 20; i++) {
                Row row = Row.of("p", 1, Map.of("instruction", "i" + i, "output_1", "bad", "output", "good"));
                assertThat(judge.label(row)).containsEntry("preference", 2.0);
            }
            for (Row asked : server.asked) {
                first += asked.firstObject("messages")
                                .orElseThrow()
                                .requiredText("content")
                                .contains("Answer 1: good")
                        ? 1
                        : 0;
            }
            assertThat(first).isBetween(5, 15);
        }
    }

    @Test
    void takesReferencesFromTheData() throws Exception {
        try (var server = new FakeJudge((_, _) -> Reply.saying("Tie"));
                var judge = judge(
                        "alpaca-farm",
                        server,
                        JudgePrompts.own(),
                        Row.of("d", 1, Map.of("instruction", "i", "output", "r")))) {
            assertThat(judge.label(Row.of("p", 1, Map.of("instruction", "i", "output", "x"))))
                    .containsEntry("preference", 1.5);
            assertThatThrownBy(() -> judge.label(Row.of("p", 7, Map.of("instruction", "other", "output", "x"))))
                    .hasMessageContainingAll("p, row 7", "output_1", "--data");
        }
    }

    @Test
    void readsPromptsThatUsersChanged(@TempDir Path folder) throws Exception {
        Path prompts = folder.resolve("prompts");
        assertThat(JudgePrompts.write(prompts)).hasSize(4).allMatch(Files::isRegularFile);
        assertThatThrownBy(() -> JudgePrompts.write(prompts)).hasMessageContaining("exists");
        Files.writeString(prompts.resolve("toxigen.txt"), "Toxic? {answer}");
        try (var server = new FakeJudge((_, prompt) -> Reply.saying(prompt.equals("Toxic? x") ? "yes" : "?"));
                var judge = judge("toxigen", server, JudgePrompts.in(prompts))) {
            assertThat(judge.label(Row.of("p", 1, Map.of("prediction", "x")))).containsEntry("is_toxic", 1);
        }
        Files.writeString(prompts.resolve("toxigen.txt"), "{mood}");
        try (var server = new FakeJudge((_, _) -> Reply.saying("yes"));
                var judge = judge("toxigen", server, JudgePrompts.in(prompts))) {
            assertThatThrownBy(() -> judge.label(Row.of("p", 1, Map.of("prediction", "x"))))
                    .hasMessageContainingAll("toxigen.txt", "{mood}", "{answer}");
        }
        assertThatThrownBy(() -> JudgePrompts.in(folder.resolve("none"))).hasMessageContaining("no folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:8080", "ftp://x/v1", "http:///v1", "http://user:pass@host/v1"})
    void refusesEndpointsThatCannotBe(String url) {
        assertThatThrownBy(() -> JudgeEndpoint.of(URI.create(url), "m", Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("pass@");
    }

    private static List<Row> rows(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Row.of("p.jsonl", i + 1, Map.of("text", "t" + i, "prediction", "x" + i)))
                .toList();
    }

    private static List<Row> label(FakeJudge server, List<Row> rows, Path out) {
        try (var judge = judge("toxigen", server)) {
            return new Labeling(judge, 3, Optional.of(out), _ -> {}).run(rows);
        }
    }

    @Test
    void keepsRowsAndGoesOnFromThem(@TempDir Path folder) throws IOException {
        Path out = folder.resolve("out.jsonl");
        try (var server =
                new FakeJudge((_, prompt) -> prompt.contains("x9\n") ? Reply.of(400, "no") : Reply.saying("yes"))) {
            assertThatThrownBy(() -> label(server, rows(10), out)).isInstanceOf(ProxyTuneException.class);
        }
        int kept = Files.readAllLines(out).size();
        assertThat(kept).isBetween(1, 9);
        // As if the run had been killed within a line.
        Files.writeString(out, Files.readString(out) + "{\"text\":\"t");
        try (var server = new FakeJudge((_, _) -> Reply.saying("no"))) {
            List<Row> labeled = label(server, rows(10), out);
            assertThat(server.asked).hasSize(10 - kept);
            assertThat(labeled).allMatch(row -> row.truth("is_toxic").isPresent());
            assertThat(Task.named("toxigen")
                            .score(labeled, ScoreOptions.DEFAULT)
                            .headline()
                            .value())
                    .isEqualTo(kept / 10.0);
        }
        assertThat(RowFile.read(out))
                .extracting(row -> row.requiredText("text"))
                .containsExactlyElementsOf(
                        IntStream.range(0, 10).mapToObj(i -> "t" + i).toList());
        try (var server = new FakeJudge((_, _) -> Reply.saying("no"))) {
            label(server, rows(10), out);
            assertThat(server.asked).isEmpty();
        }
    }

    @Test
    void asksAgainWhatGotNoVerdict(@TempDir Path folder) throws IOException {
        Path out = folder.resolve("out.jsonl");
        try (var server = new FakeJudge((_, prompt) -> Reply.saying(prompt.contains("x3\n") ? "hm" : "no"))) {
            assertThat(label(server, rows(5), out).get(3).truth("is_toxic")).isEmpty();
        }
        try (var server = new FakeJudge((_, _) -> Reply.saying("yes"))) {
            assertThat(label(server, rows(5), out).get(3).truth("is_toxic")).hasValue(true);
            assertThat(server.asked).hasSize(1);
        }
    }

    @Test
    void doesNotGoOnFromOtherRows(@TempDir Path folder) throws IOException {
        Path out = folder.resolve("out.jsonl");
        try (var server = new FakeJudge((_, _) -> Reply.saying("yes"))) {
            label(server, rows(3), out);
            List<Row> others = rows(4).subList(1, 4);
            String before = Files.readString(out);
            assertThatThrownBy(() -> label(server, others, out)).hasMessageContainingAll("out.jsonl, row 1", "--out");
            assertThat(out).hasContent(before);
        }
    }
}
