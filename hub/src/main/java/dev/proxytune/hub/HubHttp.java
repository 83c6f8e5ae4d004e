package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Send requests to the hub and to where it sends us.
 *
 * <p>Redirects are followed here and not by Java's client, as the token must go to the hub alone: it is added to a request
 * only if scheme, host and port are the hub's. What fails in passing is tried again; a server that asks for time gets it.
 */
final class HubHttp implements AutoCloseable {
    static final String TUNNEL_SCHEMES = "jdk.http.auth.tunneling.disabledSchemes";

    private static final int MOST_REDIRECTS = 10;
    private static final int MOST_FAILURES = 5;
    private static final Duration CONNECT = Duration.ofSeconds(15);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    private final HubSettings settings;
    private final Pause pause;
    private final PullListener listener;
    private final Cancellation cancellation;
    private final HttpClient client;
    private final Optional<AccessToken> token;
    private final Runnable abort;

    HubHttp(HubSettings settings, Pause pause, PullListener listener, Cancellation cancellation) {
        this.settings = settings;
        this.pause = pause;
        this.listener = listener;
        this.cancellation = cancellation;
        this.token = settings.token();
        this.client = client(settings);
        this.abort = client::shutdownNow;
        cancellation.add(abort);
    }

    private static HttpClient client(HubSettings settings) {
        Proxies proxies = settings.proxies();
        var builder = HttpClient.newBuilder()
                // Over HTTP/2, several requests would share one connection, and its speed.
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .proxy(proxies);
        proxies.authenticator().ifPresent(users -> {
            // Java tells a proxy for HTTPS no password otherwise.
            if (System.getProperty(TUNNEL_SCHEMES) == null) {
                System.setProperty(TUNNEL_SCHEMES, "");
            }
            builder.authenticator(users);
        });
        return builder.build();
    }

    /** Tell where a request fails, and what to do about it, for messages. */
    private HubException unreachable(URI uri, IOException e) {
        return new HubException(
                Failures.address(uri) + " cannot be reached: " + Failures.reason(e)
                        + "; check the network, HTTPS_PROXY and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to use only what is"
                        + " in the cache",
                e);
    }

    /**
     * Send a request until it is answered, whatever the answer.
     *
     * @param method {@code GET} or {@code HEAD}
     * @param stop tells of a redirect whether it is the answer that is wanted
     * @throws HubException if the server cannot be reached, or wants to be left alone for long
     */
    Answer send(String method, URI uri, Map<String, String> headers, Predicate<Answer> stop) {
        for (int failures = 1; ; failures++) {
            cancellation.check();
            try {
                Answer answer = follow(method, uri, headers, stop);
                if (!isPassing(answer.status()) || failures > MOST_FAILURES) {
                    return answer;
                }
                Duration wait = wait(answer, failures);
                answer.close();
                tellToWait(answer, wait);
                sleep(wait);
            } catch (IOException e) {
                cancellation.check();
                if (failures >= MOST_FAILURES) {
                    throw unreachable(uri, e);
                }
                sleep(backOff(failures));
            }
        }
    }

    private void tellToWait(Answer answer, Duration wait) {
        listener.onNotice(answer.uri().getHost() + (answer.status() == 429 ? " asks to wait" : " is busy") + " (status "
                + answer.status() + "); trying again in " + Math.max(1, wait.toSeconds()) + " s");
    }

    static boolean isPassing(int status) {
        return switch (status) {
            case 408, 429, 500, 502, 503, 504 -> true;
            default -> false;
        };
    }

    private Answer follow(String method, URI uri, Map<String, String> headers, Predicate<Answer> stop)
            throws IOException {
        URI at = uri;
        for (int i = 0; i <= MOST_REDIRECTS; i++) {
            Answer answer = exchange(method, at, headers);
            if (!answer.isRedirect() || stop.test(answer)) {
                return answer;
            }
            answer.drain();
            answer.close();
            at = target(answer);
        }
        throw new HubException(Failures.address(uri) + " leads from one redirect to the next, more than "
                + MOST_REDIRECTS + " times; is HF_ENDPOINT a hub?");
    }

    /** Return where a redirect leads. */
    static URI target(Answer answer) {
        try {
            URI next =
                    answer.uri().resolve(answer.header("Location").orElseThrow().strip());
            String scheme = String.valueOf(next.getScheme()).toLowerCase(Locale.ROOT);
            boolean weaker = scheme.equals("http")
                    && "https".equalsIgnoreCase(answer.uri().getScheme());
            if (next.getHost() != null && (scheme.equals("https") || scheme.equals("http")) && !weaker) {
                return next;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new HubException(
                Failures.address(answer.uri()) + " redirects to what is no web address, or to one without encryption");
    }

    private Answer exchange(String method, URI uri, Map<String, String> headers) throws IOException {
        var request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(settings.timeout())
                .header("User-Agent", "proxytune");
        headers.forEach(request::header);
        if (isHub(uri)) {
            token.ifPresent(secret -> request.header("Authorization", secret.header()));
        }
        var arrived = new AtomicReference<@Nullable Answer>();
        try {
            client.send(request.build(), info -> {
                var body = new BodyStream(settings.timeout());
                arrived.set(new Answer(info.statusCode(), uri, info.headers(), body));
                return body;
            });
        } catch (IOException e) {
            // A connection that breaks at once behind the headers may have brought bytes nevertheless.
            Answer answer = arrived.get();
            if (answer == null || !(answer.body() instanceof BodyStream body)) {
                throw e;
            }
            body.onError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancellation.check();
            var interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        }
        return Objects.requireNonNull(arrived.get());
    }

    /** Tell whether an address is of the hub itself. */
    boolean isHub(URI uri) {
        URI hub = settings.endpoint();
        return hub.getScheme().equalsIgnoreCase(uri.getScheme())
                && hub.getHost().equalsIgnoreCase(Objects.requireNonNullElse(uri.getHost(), ""))
                && port(hub) == port(uri)
                && uri.getRawUserInfo() == null;
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private Duration wait(Answer answer, int failures) {
        Optional<Duration> asked = answer.header("Retry-After").flatMap(HubHttp::duration);
        if (asked.isPresent() && asked.get().compareTo(LONGEST_WAIT) > 0) {
            answer.close();
            throw new HubException(answer.uri().getHost() + " asks to wait "
                    + asked.get().toMinutes() + " minutes (status " + answer.status() + "); try again then");
        }
        return asked.orElseGet(() -> backOff(failures));
    }

    /** Read the header {@code Retry-After}: seconds, or a date. */
    static Optional<Duration> duration(String text) {
        String value = text.strip();
        if (value.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        try {
            Duration left = Duration.between(
                    Instant.now(),
                    ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    static Duration backOff(int failures) {
        return FIRST_WAIT.multipliedBy(1L << Math.min(4, failures - 1));
    }

    /** Let time pass, unless the work is cancelled meanwhile. */
    void sleep(Duration duration) {
        pause.pause(duration, cancellation);
    }

    @Override
    public void close() {
        cancellation.remove(abort);
        client.shutdownNow();
    }
}
