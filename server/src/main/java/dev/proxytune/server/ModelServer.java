package dev.proxytune.server;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.Json;
import dev.proxytune.openai.JsonGrammars;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.webserver.ErrorHandling;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Serve models over HTTP, in OpenAI's form, until closed.
 *
 * <p>Thread-safe. Each connection has a virtual thread; each model that is loaded has one thread that computes.
 */
public final class ModelServer implements AutoCloseable {
    static final int MOST_HEADER_BYTES = 16 << 10;
    private static final Status HEAD_TOO_LARGE = Status.create(431, "Request Header Fields Too Large");
    private static final int MOST_CONNECTIONS = 4096;
    private static final int LEAST_CONNECTIONS = 16;

    /** What models, logs and classes are read from. */
    private static final int OTHER_FILES = 64;

    /** So few that there is always a place for those who have something to say. */
    private static final int SILENT_SHARE = 4;

    private final ServerOptions options;
    private final Models models;
    private final Traffic traffic = new Traffic();
    private final Silence silence;
    private final Telemetry telemetry = new Telemetry();
    private final Tracing tracing = Tracing.configured();
    private final WebServer server;
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final ScheduledExecutorService reaper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("unload").daemon().factory());

    private ModelServer(List<ServedModel> served, EngineOptions engine, JsonGrammars grammars, ServerOptions options) {
        if (options.apiKeys().isEmpty()
                && served.stream().anyMatch(model -> model.sharing().isPresent())) {
            throw new IllegalArgumentException("a server that shares rows of logits needs API keys");
        }
        this.options = options;
        int connections = connections();
        this.silence = new Silence(connections / SILENT_SHARE, options.readTimeout());
        this.models = new Models(served.stream()
                .map(model -> new ModelHost(model, model.engine().orElse(engine)))
                .toList());
        models.hosts().forEach(telemetry::watch);
        var endpoints = new Endpoints(models, grammars, options, telemetry, traffic);
        var routing = HttpRouting.builder()
                .addFilter(new Guard(options, telemetry, tracing))
                .error(RuntimeException.class, Guard::refuse);
        endpoints.register(routing);
        this.server = configure(routing, connections).build();
    }

    /**
     * Listen, and load in the background what is to be loaded at start; until that is done, answers are refused with
     * the status 503.
     *
     * @param served the models, of which requests without a name get the first
     * @param engine the size of the engine of each model that has none of its own
     * @throws ProxyTuneException if the address is taken, or the certificate cannot be read
     */
    public static ModelServer start(
            List<ServedModel> served, EngineOptions engine, JsonGrammars grammars, ServerOptions options) {
        // Helidon logs why it cannot listen, and goes on as if it did.
        try (var trial = ServerSocketChannel.open()) {
            trial.bind(new InetSocketAddress(options.host(), options.port()));
        } catch (UnresolvedAddressException e) {
            throw cannotListen(options, "there is no such host", e);
        } catch (IOException | RuntimeException e) {
            throw cannotListen(options, String.valueOf(e.getMessage()), e);
        }
        var server = new ModelServer(served, engine, grammars, options);
        server.server.start();
        if (!server.server.isRunning()) {
            throw cannotListen(options, "the log says why", new IllegalStateException("not running"));
        }
        Thread.ofPlatform().name("load").daemon().start(server::load);
        var _ = server.reaper.scheduleWithFixedDelay(server::unloadIdle, 1, 1, TimeUnit.SECONDS);
        var _ = server.reaper.scheduleWithFixedDelay(server.silence::end, 1, 1, TimeUnit.SECONDS);
        return server;
    }

    private static ProxyTuneException cannotListen(ServerOptions options, String reason, Exception cause) {
        return new ProxyTuneException(
                "Cannot listen on " + options.host() + ":" + options.port() + ": " + reason
                        + "; choose another address by --host and --port",
                cause);
    }

    private WebServerConfig.Builder configure(HttpRouting.Builder routing, int connections) {
        var http = Http1Config.builder().maxHeadersSize(MOST_HEADER_BYTES).buildPrototype();
        var builder = WebServer.builder()
                .host(options.host())
                .port(options.port())
                .shutdownHook(false)
                .protocolsDiscoverServices(false)
                .addConnectionSelector(new Connections(
                        Http1ConnectionSelector.builder().config(http).build(), silence))
                .maxTcpConnections(connections)
                .errorHandling(ErrorHandling.builder().includeEntity(true).build())
                // What is said at once is meant to be heard at once.
                .connectionOptions(connection -> connection.tcpNoDelay(true))
                .contentEncoding(ContentEncodingContext.builder()
                        .contentEncodingsDiscoverServices(false)
                        .addContentEncoding(new Gzip())
                        .build())
                .shutdownGracePeriod(Duration.ofMillis(500))
                .directHandlers(directHandlers())
                .routing(routing);
        options.tls().ifPresent(files -> builder.tls(tls(files)));
        return builder;
    }

    private static int connections() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? connections(system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount())
                : MOST_CONNECTIONS;
    }

    /**
     * Return how many connections there may be at a time. Helidon stops listening for good at the first one that finds no
     * file descriptor; those beyond this number wait.
     */
    static int connections(long mostFiles, long openFiles) {
        return Math.clamp(mostFiles - openFiles - OTHER_FILES, LEAST_CONNECTIONS, MOST_CONNECTIONS);
    }

    private static Tls tls(ServerOptions.Tls files) {
        return TlsFiles.read(files);
    }

    /** Answer requests that are no requests in the same form as others. */
    private static DirectHandlers directHandlers() {
        DirectHandler handler = (request, type, status, headers, message) -> {
            int code = status(status.code(), message);
            var error = new ApiError(
                    code,
                    code < 500 ? "invalid_request_error" : "server_error",
                    code < 500 ? "The request cannot be read: " + reason(message) : "Something went wrong here",
                    "",
                    "",
                    Map.of());
            return DirectHandler.TransportResponse.builder()
                    .status(code == 431 ? HEAD_TOO_LARGE : Status.create(code))
                    .headers(headers)
                    .header(HeaderNames.CONTENT_TYPE, "application/json")
                    .entity(Json.bytes(error.body()))
                    .keepAlive(false)
                    .build();
        };
        var handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, handler);
        }
        return handlers.build();
    }

    /** Return the status for what Helidon says of a request; it has but one for most of what can be wrong. */
    private static int status(int status, String message) {
        return switch (message) {
            case "Header size exceeded" -> 431;
            case "Unsupported content encoding" -> 415;
            default -> status;
        };
    }

    private static String reason(String message) {
        return message.startsWith("Bad request, see server log") ? "its first line is none of HTTP/1.1" : message;
    }

    private void load() {
        try {
            for (ModelHost host : models.hosts()) {
                if (host.served().loadedAtStart()) {
                    host.load();
                }
            }
            loaded.complete(null);
        } catch (RuntimeException | Error e) {
            loaded.completeExceptionally(e);
        }
    }

    private void unloadIdle() {
        models.hosts().forEach(ModelHost::unloadIfIdle);
    }

    /** Return the port. */
    public int port() {
        return server.port();
    }

    /** Return the address that clients on this machine use. */
    public String address() {
        String host = options.host();
        return (options.tls().isPresent() ? "https" : "http") + "://" + (host.contains(":") ? "[" + host + "]" : host)
                + ":" + port();
    }

    /**
     * Wait until all models are there that are loaded at start.
     *
     * @throws ProxyTuneException if one cannot be loaded
     */
    public void awaitModels() {
        try {
            loaded.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** Take no more requests, wait until those are answered that are under way, and cancel what takes longer. */
    public void drain(Duration patience) {
        try {
            traffic.drain(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stop listening, end what runs, and free the models. Closing twice is allowed. */
    @Override
    public void close() {
        drain(Duration.ZERO);
        reaper.shutdown();
        server.stop();
        models.hosts().forEach(ModelHost::close);
        telemetry.close();
        tracing.close();
    }
}
