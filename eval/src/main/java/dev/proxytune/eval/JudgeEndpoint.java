package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ask a model behind an OpenAI-compatible endpoint, by {@code POST …/chat/completions}. What may be better a moment later
 * is tried again: 408, 429, 5xx, timeouts and broken connections, after waits that double or that the server asks for.
 *
 * @param url the endpoint, such as {@code http://localhost:8080/v1}
 * @param model what the request calls the model
 * @param key sent as a bearer token; never part of a message
 * @param timeout for one try
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
        if (!http || url.getHost() == null || url.getUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the judge's URL must be like http://host:8080/v1, without a user, got: " + shown(url));
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
        return url.toString().replaceAll("//[^/@]*@", "//…@");
    }

    @Override
    public String toString() {
        return model + " at " + shown(url);
    }

    /** Reports that the judge gave no answer, though the request was right. */
    static final class Unanswered extends ProxyTuneException {
        private static final long serialVersionUID = 1L;

        Unanswered(String message) {
            super(message);
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
                HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
                int status = response.statusCode();
                if (status == 200) {
                    return content(response.body());
                }
                trouble = "it answered " + status + ": " + excerpt(response.body());
                if (status != TOO_MANY && status != TIMED_OUT && status < 500) {
                    throw new ProxyTuneException("The judge " + this + " refuses: " + trouble
                            + (status == 401 || status == 403 ? "; OPENAI_API_KEY holds its key" : ""));
                }
                next = retryAfter(response).orElse(wait);
            } catch (IOException e) {
                trouble = e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + excerpt(e.getMessage()));
            }
            if (attempt < attempts) {
                Thread.sleep(next.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : next);
                wait = wait.multipliedBy(2);
            }
        }
        throw new Unanswered("The judge " + this + " does not answer after " + attempts + " tries: " + trouble);
    }

    private HttpRequest request(String prompt) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("model", model);
        body.put("messages", List.of(Map.of("role", "user", "content", prompt)));
        body.put("temperature", 0);
        body.put("max_tokens", ANSWER_TOKENS);
        String text = url.toString().replaceFirst("/+$", "");
        URI target = URI.create(text.endsWith("/chat/completions") ? text : text + "/chat/completions");
        var builder = HttpRequest.newBuilder(target)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(RowFile.line(body)));
        key.ifPresent(value -> builder.header("Authorization", "Bearer " + value));
        return builder.build();
    }

    private String content(String body) {
        Row row = RowFile.parse("judge", 1, body);
        return Optional.ofNullable(row)
                .flatMap(found -> found.firstObject("choices"))
                .flatMap(choice -> choice.object("message"))
                .flatMap(message -> message.text("content"))
                .orElseThrow(() -> new Unanswered("The judge " + this + " answers without a text: " + excerpt(body)));
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
