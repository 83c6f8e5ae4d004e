package dev.proxytune.clients;

import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.JsonSchemaGrammar;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.openai.JsonGrammars;
import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.ServedModel;
import dev.proxytune.server.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server with the project's own models, as {@code family}, and once more as {@code gated}, whose answers go on without
 * end, each token only when a test lets it.
 */
final class RunningServer implements AutoCloseable {
    static final String KEY = "a-key";
    static final String QUESTION = "What is the Turkish name of Serbian Dinar?";
    static final String ANSWER = "Sırp dinarı";
    private static final int CONTEXT = 256;

    private final Semaphore gate = new Semaphore(0);
    private final AtomicInteger farthest = new AtomicInteger();
    private final ModelServer server;

    RunningServer() {
        Steering gated = (_, position) -> {
            // The weight of the first token is told by the list of models too.
            if (position > 0) {
                gate.acquireUninterruptibly();
            }
            farthest.set(position);
            return 0;
        };
        server = ModelServer.start(
                List.of(
                        ServedModel.trio("family", true, Steering.DEFAULT, RunningServer::load),
                        ServedModel.trio("gated", false, gated, RunningServer::load)),
                EngineOptions.DEFAULT.withSequences(4).withContextLength(CONTEXT),
                new Grammars(),
                ServerOptions.DEFAULT.withAddress("127.0.0.1", 0).withApiKeys(List.of(KEY)));
        server.awaitModels();
    }

    private static LoadedModel load() {
        var model = ProxyTunedModel.of(load("target.gguf"), load("expert.gguf"), load("anti-expert.gguf"));
        return new LoadedModel(model, PromptFormats.auto(model));
    }

    private static LlamaModel load(String name) {
        return LlamaModel.load(Path.of("..", "models", name), ModelOptions.DEFAULT.withThreads(1));
    }

    private record Grammars() implements JsonGrammars {

        @Override
        public String anyObject() {
            return JsonSchemaGrammar.anyObject();
        }

        @Override
        public String of(Object schema) {
            return JsonSchemaGrammar.of(schema);
        }
    }

    String address() {
        return server.address() + "/v1";
    }

    /** Let the gated model compute so many tokens, some of which others may have left. */
    void let(int tokens) {
        gate.release(tokens);
    }

    /** Let the gated model go on token by token, and expect its answer to end long before it is full. */
    void expectTheAnswerToEnd() throws IOException, InterruptedException {
        while (isRunning()) {
            if (farthest.get() > CONTEXT / 2) {
                throw new AssertionError("The answer goes on, though its client has gone");
            }
            gate.release();
            Thread.sleep(20);
        }
        gate.drainPermits();
    }

    private boolean isRunning() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(server.address() + "/metrics"))
                    .header("Authorization", "Bearer " + KEY)
                    .build();
            String metrics =
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body();
            if (!metrics.contains("proxytune_requests_running{model=\"gated\"}")) {
                throw new AssertionError(metrics);
            }
            return !metrics.contains("proxytune_requests_running{model=\"gated\"} 0.0");
        }
    }

    @Override
    public void close() {
        gate.release(1_000_000);
        server.close();
    }
}
