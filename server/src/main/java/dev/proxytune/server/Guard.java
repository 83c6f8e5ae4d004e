package dev.proxytune.server;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.Json;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Stands before all endpoints: names requests, checks keys, answers browsers, turns failures into replies, and logs. */
final class Guard implements Filter {
    private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");
    private static final Pattern USABLE_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Set<String> OPEN = Stream.concat(Stream.of("/health", "/v1/health"), Page.paths().stream())
            .collect(Collectors.toUnmodifiableSet());
    private static final int GONE = 499;

    private final ServerOptions options;
    private final Telemetry telemetry;
    private final Tracing tracing;
    private final List<byte[]> keys;

    Guard(ServerOptions options, Telemetry telemetry, Tracing tracing) {
        this.options = options;
        this.telemetry = telemetry;
        this.tracing = tracing;
        this.keys = options.apiKeys().stream().map(Guard::hash).toList();
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        long begin = System.nanoTime();
        String id = request.headers()
                .first(REQUEST_ID)
                .filter(text -> USABLE_ID.matcher(text).matches())
                .orElseGet(Guard::newId);
        response.header(REQUEST_ID, id);
        Trace trace = trace(request);
        var caller = new Caller(key(request));
        int status = GONE;
        try {
            allowOrigin(response);
            if (options.corsOrigin().isPresent() && request.prologue().method().equals(Method.OPTIONS)) {
                preflight(response);
            } else {
                checkKey(request, caller);
                ScopedValue.where(Trace.CURRENT, trace)
                        .where(Caller.CURRENT, caller)
                        .run(chain::proceed);
            }
            status = response.status().code();
        } catch (RuntimeException e) {
            status = status(e);
            throw e;
        } finally {
            String path = request.path().path();
            telemetry.count(known(path), status);
            log(id, request, path, status, caller, System.nanoTime() - begin);
            trace.end(status);
            if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
                end(request);
            }
        }
    }

    /** End the connection as its client asked, with nothing left unread, which would cut the reply off. */
    private static void end(RoutingRequest request) {
        try {
            request.content().consume();
        } catch (RuntimeException e) {
            // The client has gone, or the request was broken off: there is nothing more to read.
        }
        Connections.current().ifPresent(Inbox::end);
    }

    private Trace trace(RoutingRequest request) {
        if (!request.prologue().method().equals(Method.POST)) {
            return Trace.NONE;
        }
        return switch (known(request.path().path())) {
            case "/chat/completions" -> tracing.begin("chat", header(request));
            case "/completions" -> tracing.begin("text_completion", header(request));
            default -> Trace.NONE;
        };
    }

    private static Function<String, Optional<String>> header(RoutingRequest request) {
        return name -> request.headers().first(HeaderNames.create(name));
    }

    /** Return the status that a failure is answered with, if someone is there to be answered. */
    private static int status(RuntimeException cause) {
        return switch (cause) {
            case ProxyTuneException refused -> Endpoints.error(refused).status();
            case HttpException refused -> refused.status().code();
            default -> isGone(cause) ? GONE : 500;
        };
    }

    /** Tell a client what went wrong, if it is still there and waits for a reply. */
    static void refuse(ServerRequest request, ServerResponse response, RuntimeException cause) {
        if (isGone(cause)) {
            throw cause;
        }
        ApiError error = cause instanceof HttpException refused ? of(refused) : Endpoints.error(cause);
        if (response.isSent()) {
            throw new UncheckedIOException(
                    new IOException("The reply has begun, and cannot be completed: " + error.message()));
        }
        Replies.refuse(response, error);
    }

    private static boolean isGone(RuntimeException cause) {
        return cause instanceof CloseConnectionException
                || cause instanceof UncheckedIOException
                || cause instanceof DataReader.InsufficientDataAvailableException;
    }

    /** Return what Helidon finds wrong, in our form. */
    private static ApiError of(HttpException e) {
        int status = e.status().code();
        String type = status < 500 ? "invalid_request_error" : "server_error";
        return new ApiError(status, type, String.valueOf(e.getMessage()), "", "", Map.of());
    }

    private void allowOrigin(RoutingResponse response) {
        options.corsOrigin().ifPresent(origin -> {
            response.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            response.header(HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, REQUEST_ID.defaultCase());
            if (!origin.equals("*")) {
                response.header(HeaderNames.VARY, "Origin");
            }
        });
    }

    private static void preflight(RoutingResponse response) {
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
        response.header(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "*, Authorization");
        response.header(HeaderNames.ACCESS_CONTROL_MAX_AGE, "3600");
        response.status(204).send();
    }

    /** Return the number of the key that a request brings, from 1; 0 for none that is known. */
    private int key(RoutingRequest request) {
        if (keys.isEmpty()) {
            return 0;
        }
        byte[] given = hash(bearer(request).orElse(""));
        int found = 0;
        for (int i = 0; i < keys.size(); i++) {
            // All are compared, so that time tells nothing of which one came close.
            found = MessageDigest.isEqual(keys.get(i), given) ? i + 1 : found;
        }
        return found;
    }

    private void checkKey(RoutingRequest request, Caller caller) {
        boolean needed = !keys.isEmpty() && !OPEN.contains(request.path().path());
        if (needed && caller.key() == 0) {
            throw ApiError.badKey();
        }
    }

    private static Optional<String> bearer(RoutingRequest request) {
        String scheme = "bearer ";
        return request.headers()
                .first(HeaderNames.AUTHORIZATION)
                .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(scheme))
                .map(value -> value.substring(scheme.length()).strip());
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static String newId() {
        byte[] random = new byte[12];
        RandomGenerator.getDefault().nextBytes(random);
        return "req_" + HexFormat.of().formatHex(random);
    }

    private static String known(String path) {
        String bare = path.startsWith("/v1/") ? path.substring(3) : path;
        return Endpoints.known().contains(bare) ? bare : bare.startsWith("/models/") ? "/models" : "other";
    }

    private void log(String id, RoutingRequest request, String path, int status, Caller caller, long nanos) {
        options.log().ifPresent(log -> {
            ObjectNode line = Json.object();
            line.put("time", Instant.now().toString());
            line.put("id", id);
            line.put("client", request.remotePeer().host());
            line.put("method", request.prologue().method().text());
            line.put("path", path);
            line.put("status", status);
            line.put("ms", Math.round(nanos / 10_000.0) / 100.0);
            if (caller.rows() > 0) {
                line.put("key", caller.key());
                line.put("rows", caller.rows());
                line.put("bytes", caller.bytes());
            }
            log.accept(Json.text(line));
        });
    }
}
