package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.JsonLines;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Ask a model behind an OpenAI-compatible endpoint, by {@code POST …/chat/completions}. What may be better a moment later
 * is tried again: 408, 429, 5xx, timeouts and broken connections, after waits that double or that the server asks for.
 *
 * @param url the endpoint, such as {@code http://localhost:8080/v1}
 * @param model what the request calls the model
 * @param key sent as a bearer token; never part of a message
 * @param timeout for one try, from the request to the end of the answer
 * @param attempts how often to try, 1 or more
 * @param backoff the first wait
 */
public record JudgeEndpoint(
        URI url, String model, Optional<String> key, Duration timeout, int attempts, Duration backoff) {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final int ANSWER_TOKENS = 1024;
    private static final int TOO_MANY = 429;
    private static final int TIMED_OUT = 408;

    public JudgeEndpoint {
        boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!http || url.getHost() == null || url.getUserInfo() != null || url.getFragment() != null) {
            throw new IllegalArgumentException(
                    "the judge's URL must be like http://host:8080/v1, without a user or #, got: " + shown(url));
        }
        if (model.isBlank() || attempts < 1 || !timeout.isPositive() || backoff.isNegative()) {
            throw new IllegalArgumentException("the judge needs a model's name, an attempt and a timeout");
        }
    }

    /** Make an endpoint that is tried five times, a minute each. */
    public static JudgeEndpoint of(URI url, String model, Optional<String> key) {
        return new JudgeEndpoint(url, model, key, Duration.ofSeconds(60), 5, Duration.ofSeconds(1));
    }

    public JudgeEndpoint withTimeout(Duration value) {
        return new JudgeEndpoint(url, model, key, value, attempts, backoff);
    }

    private static String shown(URI url) {
        return url.toString().replaceAll("//[^/@]*@", "//…@").replaceFirst("\\?.*", "?…");
    }

    @Override
    public String toString() {
        return model + " at " + shown(url);
    }

    /** Reports that the judge gave no answer, though the request was right. */
    static final class Unanswered extends ProxyTuneException {
        private static final long serialVersionUID = 1L;

        private final String reason;

        Unanswered(String message, String reason) {
            super(message);
            this.reason = reason;
        }

        /** Return why, in few words. */
        String reason() {
            return reason;
        }
    }

    /**
     * Return the answer to a prompt.
     *
     * @throws Unanswered if the judge is out of reach, overloaded, or its answer has no text
     * @throws ProxyTuneException if it refuses the request as wrong, so that others would be refused too
     */
    String ask(HttpClient client, String prompt) throws InterruptedException {
        HttpRequest request = request(prompt);
        Duration wait = backoff;
        String trouble = "";
        for (int attempt = 1; attempt <= attempts; attempt++) {
            Duration next = wait;
            try {
                HttpResponse<String> response = send(client, request);
                int status = response.statusCode();
                if (status == 200) {
                    return content(response.body());
                }
                trouble = "it answered " + status + target(response) + ": " + excerpt(response.body());
                if (status != TOO_MANY && status != TIMED_OUT && status < 500) {
                    throw new ProxyTuneException("The judge " + this + " refuses: " + trouble
                            + (status == 401 || status == 403 ? "; OPENAI_API_KEY holds its key" : ""));
                }
                next = retryAfter(response).orElse(wait);
            } catch (IOException e) {
                trouble = trouble(e);
            }
            if (attempt < attempts) {
                Thread.sleep(next.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : next);
                wait = wait.multipliedBy(2);
            }
        }
        throw new Unanswered(
                "The judge " + this + " does not answer after " + attempts + (attempts == 1 ? " try: " : " tries: ")
                        + trouble,
                trouble);
    }

    /** The request's own timeout ends with the headers; a body may stall as well. */
    private HttpResponse<String> send(HttpClient client, HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> response = client.sendAsync(request, BodyHandlers.ofString());
        try {
            return response.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            throw new HttpTimeoutException("request timed out");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case null, default -> throw new IOException(e.getCause());
            }
        } finally {
            response.cancel(true);
        }
    }

    private String trouble(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "there is no host " + url.getHost();
            }
        }
        return switch (e) {
            case HttpConnectTimeoutException _ -> "no connection in time";
            case HttpTimeoutException _ -> "no whole answer within " + timeout.toMillis() / 1000.0 + " s";
            case ConnectException _ when e.getMessage() == null -> "connection refused";
            default -> e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + excerpt(e.getMessage()));
        };
    }

    private String target(HttpResponse<String> response) {
        return response.headers()
                .firstValue("Location")
                .map(location -> ", which points to " + excerpt(location))
                .orElse("");
    }

    private HttpRequest request(String prompt) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("model", model);
        body.put("messages", List.of(Map.of("role", "user", "content", prompt)));
        body.put("temperature", 0);
        body.put("max_tokens", ANSWER_TOKENS);
        String path = url.getRawPath().replaceFirst("/+$", "");
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String target = path.endsWith("/chat/completions") ? path : path + "/chat/completions";
        var builder = HttpRequest.newBuilder(
                        URI.create(url.getScheme() + "://" + url.getRawAuthority() + target + query))
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JsonLines.line(body)));
        key.ifPresent(value -> builder.header("Authorization", "Bearer " + value));
        return builder.build();
    }

    private String content(String body) {
        Row row = RowFile.parse("judge", 1, body);
        return Optional.ofNullable(row)
                .flatMap(found -> found.firstObject("choices"))
                .flatMap(choice -> choice.object("message"))
                .flatMap(message -> message.text("content"))
                .orElseThrow(() -> new Unanswered(
                        "The judge " + this + " answers without a text: " + excerpt(body), "an answer without a text"));
    }

    /** What a server says back may hold the key. */
    private String excerpt(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        for (String secret : key.stream().toList()) {
            line = line.replace(secret, "…");
        }
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }

    /** The header has seconds or a date. */
    private static Optional<Duration> retryAfter(HttpResponse<String> response) {
        return response.headers().firstValue("Retry-After").flatMap(value -> {
            if (value.strip().matches("\\d{1,6}")) {
                return Optional.of(Duration.ofSeconds(Long.parseLong(value.strip())));
            }
            try {
                Instant date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                        .toInstant();
                Duration until = Duration.between(Instant.now(), date);
                return Optional.of(until.isNegative() ? Duration.ZERO : until);
            } catch (DateTimeParseException _) {
                return Optional.empty();
            }
        });
    }
}
