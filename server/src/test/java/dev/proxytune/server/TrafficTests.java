package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.chat.PromptFormats;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficTests {
    private static String endless(boolean stream) {
        return "{\"prompt\":\"*abc\",\"temperature\":0,\"max_tokens\":900,\"stream\":" + stream + "}";
    }

    private static EngineOptions small() {
        return EngineOptions.DEFAULT.withSequences(1).withQueue(1);
    }

    private static CompletableFuture<HttpResponse<String>> begin(TestServer server, String body) {
        return server.client.sendAsync(
                server.request("/v1/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static double meter(TestServer server, String line) throws Exception {
        return server.get("/metrics")
                .body()
                .lines()
                .filter(each -> each.startsWith(line))
                .mapToDouble(each -> Double.parseDouble(each.substring(each.lastIndexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"true, false", "false, false", "true, true", "false, true"})
    void freesTheSlotOfAClientThatIsGoneWithinOneStep(boolean stream, boolean broken) throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        try (var server = new TestServer(small(), ServerOptions.DEFAULT.withLog(lines::add))) {
            server.echo.gate.drainPermits();
            try (var socket = server.raw(TestServer.wire("/v1/completions", endless(stream)))) {
                server.echo.gate.release(5);
                TestServer.until(() -> server.echo.fed.get() == 4);
                if (stream) {
                    TestServer.readUntil(socket.getInputStream(), "data: ");
                }
                socket.setSoLinger(broken, 0);
            }
            // The engine stands in a decode; the news of the client's end travels beside it.
            TestServer.until(() -> !lines.isEmpty());
            assertThat(lines.getFirst()).contains("\"status\":499");
            server.echo.gate.release(1_000_000);
            HttpResponse<String> next = server.post("/v1/completions", "{\"prompt\":\"hi\",\"temperature\":0}");
            assertThat(next.body()).contains("\"text\":\"hi\"");
            assertThat(server.echo.fed.get()).isLessThanOrEqualTo(4 + 1 + 2);
        }
    }

    @Test
    void refusesWhatTheQueueCannotHoldAndSaysWhenToComeBack() throws Exception {
        try (var server = new TestServer(small(), ServerOptions.DEFAULT)) {
            server.echo.gate.drainPermits();
            var first = begin(server, "{\"prompt\":\"a\",\"temperature\":0}");
            TestServer.until(() -> server.echo.gate.hasQueuedThreads());
            var second = begin(server, "{\"prompt\":\"b\",\"temperature\":0}");
            while (meter(server, "proxytune_requests_queued{model=\"echo\"}") < 1) {
                Thread.sleep(1);
            }
            HttpResponse<String> third = server.post("/v1/completions", "{\"prompt\":\"c\"}");
            assertThat(third.statusCode()).isEqualTo(429);
            assertThat(third.headers().firstValue("retry-after")).hasValue("1");
            server.echo.gate.release(1_000_000);
            assertThat(first.get().body()).contains("\"text\":\"a\"");
            assertThat(second.get().body()).contains("\"text\":\"b\"");
            assertThat(meter(server, "proxytune_requests_refused_total{model=\"echo\"}"))
                    .isEqualTo(1);
        }
    }

    @Test
    void givesThePlaceOfAClientThatIsGoneToAnotherBeforeItsTurn() throws Exception {
        try (var server = new TestServer(small(), ServerOptions.DEFAULT)) {
            server.echo.gate.drainPermits();
            var first = begin(server, "{\"prompt\":\"a\",\"temperature\":0}");
            TestServer.until(() -> server.echo.gate.hasQueuedThreads());
            var socket = server.raw(TestServer.wire("/v1/completions", endless(false)));
            while (meter(server, "proxytune_requests_queued{model=\"echo\"}") < 1) {
                Thread.sleep(1);
            }
            socket.close();
            while (meter(server, "proxytune_requests_queued{model=\"echo\"}") > 0) {
                Thread.sleep(1);
            }
            var second = begin(server, "{\"prompt\":\"b\",\"temperature\":0}");
            while (meter(server, "proxytune_requests_queued{model=\"echo\"}") < 1) {
                Thread.sleep(1);
            }
            server.echo.gate.release(1_000_000);
            assertThat(first.get().body()).contains("\"text\":\"a\"");
            assertThat(second.get().body()).contains("\"text\":\"b\"");
        }
    }

    @Test
    void keepsStreamsAliveWhileAPromptTakesLong() throws Exception {
        try (var server = new TestServer(small(), ServerOptions.DEFAULT.withHeartbeat(Duration.ofMillis(20)))) {
            server.echo.gate.drainPermits();
            try (var socket = server.raw(TestServer.wire("/v1/completions", "{\"prompt\":\"a\",\"stream\":true}"))) {
                assertThat(TestServer.readUntil(socket.getInputStream(), ":\n\n"))
                        .contains("200");
            }
        }
    }

    @Test
    void letsASlowReaderHoldUpNobody() throws Exception {
        try (var server = new TestServer(EngineOptions.DEFAULT.withSequences(2), ServerOptions.DEFAULT)) {
            String body = "{\"prompt\":\"*abc\",\"temperature\":0,\"max_tokens\":900,\"stream\":true,\"logprobs\":20,"
                    + "\"n\":60}";
            try (var socket = server.raw(TestServer.wire("/v1/completions", body))) {
                assertThat(socket.isConnected()).isTrue();
                for (int i = 0; i < 3; i++) {
                    assertThat(server.post("/v1/completions", "{\"prompt\":\"hi\",\"temperature\":0}")
                                    .body())
                            .contains("\"text\":\"hi\"");
                }
            }
        }
    }

    @Test
    void asksForKeysButNotForItsHealth() throws Exception {
        var options = ServerOptions.DEFAULT.withApiKeys(List.of("first", "second"));
        try (var server = new TestServer(EngineOptions.DEFAULT, options)) {
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = server.get("/v1/models");
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).contains("\"type\":\"authentication_error\"");
            for (String key : List.of("third", "firs", "firstsecond", "")) {
                assertThat(withKey(server, "Bearer " + key).statusCode()).isEqualTo(401);
            }
            assertThat(withKey(server, "Bearer second").statusCode()).isEqualTo(200);
            assertThat(withKey(server, "bearer first").statusCode()).isEqualTo(200);
            assertThat(withKey(server, "Basic first").statusCode()).isEqualTo(401);
        }
    }

    private static HttpResponse<String> withKey(TestServer server, String authorization) throws Exception {
        return server.client.send(
                server.request("/v1/models")
                        .header("Authorization", authorization)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void namesRequestsAndLogsThemWithoutTheirTexts() throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        var options = ServerOptions.DEFAULT.withLog(lines::add).withCorsOrigin("https://a.example");
        try (var server = new TestServer(EngineOptions.DEFAULT, options)) {
            HttpResponse<String> response = server.client.send(
                    server.request("/v1/completions")
                            .header("X-Request-Id", "mine-7")
                            .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"secret\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.headers().firstValue("x-request-id")).hasValue("mine-7");
            assertThat(response.headers().firstValue("access-control-allow-origin"))
                    .hasValue("https://a.example");
            assertThat(server.get("/health")
                            .headers()
                            .firstValue("x-request-id")
                            .orElseThrow())
                    .startsWith("req_");
            TestServer.until(() -> lines.size() == 2);
            assertThat(lines.getFirst())
                    .contains("\"id\":\"mine-7\"", "\"path\":\"/v1/completions\"", "\"status\":200")
                    .doesNotContain("secret");
            HttpResponse<String> preflight = server.client.send(
                    server.request("/v1/completions")
                            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(preflight.headers().firstValue("access-control-allow-methods"))
                    .isPresent();
        }
    }

    @Test
    void letsAnswersEndWhenItStops() throws Exception {
        try (var server = new TestServer(small(), ServerOptions.DEFAULT)) {
            server.echo.gate.drainPermits();
            var answer = begin(server, "{\"prompt\":\"to the end\",\"temperature\":0}");
            TestServer.until(() -> server.echo.gate.hasQueuedThreads());
            Thread stopping = Thread.ofVirtual().start(() -> server.server.drain(Duration.ofSeconds(20)));
            while (server.get("/health").statusCode() != 503) {
                Thread.sleep(1);
            }
            assertThat(server.post("/v1/completions", "{\"prompt\":\"late\"}").statusCode())
                    .isEqualTo(503);
            server.echo.gate.release(1_000_000);
            assertThat(answer.get().body()).contains("\"text\":\"to the end\"");
            stopping.join();
        }
    }

    @Test
    void loadsOnFirstUseAndUnloadsWhenIdle() throws Exception {
        var model = new EchoModel("", 100);
        ServedModel served = ServedModel.single("lazy", () -> new LoadedModel(model, PromptFormats.auto(model)))
                .onFirstUse();
        var host = new ModelHost(served, EngineOptions.DEFAULT.withUnloadAfter(Duration.ofNanos(1)));
        assertThat(host.isLoaded()).isFalse();
        try (var lease = host.lease(Voice.WHOLE)) {
            assertThat(lease.engine().contextLength()).isEqualTo(100);
            host.unloadIfIdle();
            assertThat(host.isLoaded()).isTrue();
        }
        host.unloadIfIdle();
        assertThat(host.isLoaded()).isFalse();
        assertThat(model.closes.get()).isEqualTo(1);
        host.close();
    }
}
