package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.proxytune.ProxyTuneException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracingTests {
    private static final String ENDPOINT = "otel.exporter.otlp.endpoint";
    private static final String EXPORTER = "otel.traces.exporter";
    private static final int SERVER = 2;
    private static final int ERROR = 2;

    @AfterEach
    void forget() {
        System.clearProperty(ENDPOINT);
        System.clearProperty(EXPORTER);
    }

    /** Let a traced server do something, and close it, upon which all spans are there. */
    private static void serve(Collector collector, EngineOptions engine, Use use) throws Exception {
        System.setProperty(ENDPOINT, collector.address());
        try (var server = new TestServer(engine, ServerOptions.DEFAULT)) {
            use.of(server);
        }
    }

    private static void serve(Collector collector, Use use) throws Exception {
        serve(collector, EngineOptions.DEFAULT, use);
    }

    @FunctionalInterface
    private interface Use {
        void of(TestServer server) throws Exception;
    }

    @Test
    void sendsASpanOfEachRequestWithItsStagesAndWithoutItsTexts() throws Exception {
        try (var collector = new Collector()) {
            serve(
                    collector,
                    server -> server.ask(
                            "/v1/chat/completions",
                            "{\"model\":\"trio\",\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}],"
                                    + "\"temperature\":0.5,\"top_p\":0.9,\"max_tokens\":5,\"proxy\":{\"alpha\":0.7}}"));
            Collector.Span request = collector.named("chat trio");
            assertThat(request.kind()).isEqualTo(SERVER);
            assertThat(request.parent()).isEmpty();
            assertThat(request.attributes())
                    .contains(
                            entry("gen_ai.operation.name", "chat"),
                            entry("gen_ai.provider.name", "proxytune"),
                            entry("gen_ai.request.model", "trio"),
                            entry("gen_ai.response.model", "trio"),
                            entry("gen_ai.request.max_tokens", 5L),
                            entry("gen_ai.request.temperature", 0.5),
                            entry("gen_ai.request.top_p", 0.9),
                            entry("gen_ai.usage.output_tokens", 5L),
                            entry("gen_ai.response.finish_reasons", List.of("length")),
                            entry("proxytune.alpha", 0.7),
                            entry("proxytune.stream", false),
                            entry("http.response.status_code", 200L))
                    .containsKeys("gen_ai.usage.input_tokens", "proxytune.time_to_first_token")
                    .doesNotContainKey("error.type");
            List<Collector.Span> stages = Stream.of("queue", "prefill", "decode")
                    .map(collector::named)
                    .toList();
            assertThat(collector.spans).hasSize(4);
            assertThat(stages).allSatisfy(stage -> {
                assertThat(stage.parent()).isEqualTo(request.id());
                assertThat(stage.trace()).isEqualTo(request.trace());
            });
            assertThat(stages.get(0).start()).isBetween(request.start(), request.end());
            assertThat(stages.get(1).start()).isEqualTo(stages.get(0).end());
            assertThat(stages.get(2).start()).isEqualTo(stages.get(1).end());
            assertThat(stages.get(2).end()).isBetween(stages.get(2).start(), request.end());
            assertThat(stages.get(2).attributes()).contains(entry("gen_ai.usage.output_tokens", 5L));
            assertThat(collector.bodies).noneMatch(body -> body.contains("secret"));
        }
    }

    @Test
    void goesOnWithTheTraceOfTheClient() throws Exception {
        String trace = "0af7651916cd43dd8448eb211c80319c";
        try (var collector = new Collector()) {
            serve(collector, server -> {
                for (String sampled : List.of("01", "00")) {
                    HttpRequest request = server.request("/v1/completions")
                            .header("traceparent", "00-" + trace + "-b7ad6b7169203331-" + sampled)
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    "{\"prompt\":[\"a\",\"b\"],\"n\":2,\"stream\":true,\"temperature\":0}"))
                            .build();
                    server.client.send(request, HttpResponse.BodyHandlers.ofString());
                }
            });
            Collector.Span request = collector.named("text_completion echo");
            assertThat(request.parent()).isEqualTo("b7ad6b7169203331");
            assertThat(request.attributes())
                    .contains(
                            entry("gen_ai.request.choice.count", 2L),
                            entry("gen_ai.usage.input_tokens", 2L),
                            entry("gen_ai.response.finish_reasons", List.of("stop", "stop", "stop", "stop")),
                            entry("proxytune.stream", true))
                    .doesNotContainKey("proxytune.alpha");
            // What the client does not sample is not sent.
            assertThat(collector.spans)
                    .hasSize(1 + 4 * 3)
                    .allMatch(span -> span.trace().equals(trace));
            assertThat(collector.spans.stream()
                            .filter(span -> span.name().equals("decode"))
                            .map(span -> span.attributes().get("proxytune.choice")))
                    .containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
        }
    }

    @Test
    void tellsWhyRequestsFailed() throws Exception {
        try (var collector = new Collector()) {
            serve(collector, server -> {
                server.post("/v1/completions", "{\"prompt\":\"a\",\"model\":\"nobody's\"}");
                server.get("/v1/models");
            });
            assertThat(collector.spans).hasSize(1);
            Collector.Span request = collector.named("text_completion");
            assertThat(request.attributes())
                    .contains(entry("http.response.status_code", 404L), entry("error.type", "404"));
            assertThat(request.status()).isNotEqualTo(ERROR);
        }
    }

    @Test
    void tellsOfAnswersWhoseClientIsGone() throws Exception {
        try (var collector = new Collector()) {
            serve(collector, EngineOptions.DEFAULT.withSequences(1), server -> {
                server.echo.gate.drainPermits();
                String body = "{\"prompt\":\"*abc\",\"temperature\":0,\"max_tokens\":900,\"stream\":true}";
                try (var socket = server.raw(TestServer.wire("/v1/completions", body))) {
                    server.echo.gate.release(5);
                    TestServer.readUntil(socket.getInputStream(), "data: ");
                }
                Thread.sleep(200);
                server.echo.gate.release(1_000_000);
                server.ask("/v1/completions", "{\"prompt\":\"hi\",\"temperature\":0,\"max_tokens\":1}");
            });
            assertThat(collector.spans.stream()
                            .filter(span -> span.name().startsWith("text_completion"))
                            .map(span -> span.attributes().get("gen_ai.response.finish_reasons")))
                    .containsExactlyInAnyOrder(List.of("cancelled"), List.of("length"));
        }
    }

    @Test
    void answersAndEndsThoughNobodyTakesTheSpans() throws Exception {
        String nobody;
        try (var collector = new Collector()) {
            nobody = collector.address();
        }
        System.setProperty(ENDPOINT, nobody);
        try (var server = new TestServer()) {
            assertThat(server.post("/v1/completions", "{\"prompt\":\"hi\"}").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void refusesAnExporterThatDoesNotExist() {
        System.setProperty(EXPORTER, "pigeon");
        assertThatThrownBy(TestServer::new)
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("pigeon")
                .hasMessageContaining("OTEL_");
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            '', '', '', '', false
            '', '', http://a.example, '', true
            '', '', '', http://a.example/v1/traces, true
            '', otlp, '', '', true
            '', none, http://a.example, '', false
            true, otlp, http://a.example, '', false
            """)
    void knowsWhetherSpansAreWished(String off, String exporter, String endpoint, String traces, boolean wished) {
        Map<String, String> settings = Map.of(
                "otel.sdk.disabled",
                off,
                EXPORTER,
                exporter,
                ENDPOINT,
                endpoint,
                "otel.exporter.otlp.traces.endpoint",
                traces);
        assertThat(Tracing.isWished(name -> settings.getOrDefault(name, ""))).isEqualTo(wished);
    }

    @Test
    void loadsNothingOfOpenTelemetryUnlessSpansAreWished() throws Exception {
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load:stdout",
                "-cp",
                System.getProperty("java.class.path"),
                Untraced.class.getName());
        builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(output).contains("dev.proxytune.server.Tracing ", "answered 200");
        assertThat(output.lines().filter(line -> line.contains("opentelemetry")))
                .isEmpty();
    }

    /** Serves one request in a JVM of its own. */
    static final class Untraced {
        private Untraced() {}

        public static void main(String[] args) throws Exception {
            try (var server = new TestServer()) {
                System.out.println("answered "
                        + server.post("/v1/completions", "{\"prompt\":\"hi\"}").statusCode());
            }
        }
    }
}
