package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Send requests to one server, a bounded number at once. What fails in passing is tried again: 408, 429, most of 5xx,
 * timeouts, broken connections and answers cut off in the middle, after waits that double or that the server asks for.
 *
 * <p>Redirects are not followed, since they would carry the key elsewhere. Thread-safe.
 */
final class RemoteHttp implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(15);
    private static final Duration FIRST_WAIT = Duration.ofMillis(500);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Duration LONGEST_ASKED = Duration.ofMinutes(5);

    private final URI root;
    private final RemoteOptions options;
    private final HttpClient client;
    private final Semaphore permits;
    private final Duration firstWait;

    RemoteHttp(URI root, RemoteOptions options) {
        this(root, options, FIRST_WAIT);
    }

    RemoteHttp(URI root, RemoteOptions options, Duration firstWait) {
        this.root = root;
        this.options = options;
        this.firstWait = firstWait;
        this.permits = new Semaphore(options.parallel());
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                // Who waits for an answer is woken by the thread that reads it, and not by one more in between.
                .executor(Runnable::run)
                .build();
    }

    /** Return the server's address for messages. */
    String address() {
        return root.toString();
    }

    /** Reports what may be better a moment later. */
    private static final class PassingException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient Optional<Duration> wait;
        private final int status;

        private PassingException(String message, Optional<Duration> wait) {
            this(message, wait, 0);
        }

        private PassingException(String message, Optional<Duration> wait, int status) {
            super(message);
            this.wait = wait;
            this.status = status;
        }

        /** Return whether there is nothing wrong but that it is too early. */
        private boolean isLimit() {
            return status == 429 && wait.filter(Duration::isPositive).isPresent();
        }
    }

    <T> T get(String path, BodyReader<T> reader) {
        return call(path, gzipped(path).GET().build(), json(reader), new Cancellation(), options.retries());
    }

    /** Ask once, and return nothing whatever goes wrong. */
    <T> Optional<T> probe(String path, BodyReader<T> reader) {
        try {
            return Optional.of(call(path, gzipped(path).GET().build(), json(reader), new Cancellation(), 0));
        } catch (StatusException | RemoteException e) {
            return Optional.empty();
        }
    }

    /**
     * Post a JSON body and read the answer.
     *
     * @throws StatusException if the server refuses the request
     * @throws RemoteException if it cannot be reached, or its answer cannot be read
     * @throws CancelledException if the cancellation came first
     */
    <T> T post(String path, byte[] body, BodyReader<T> reader, Cancellation cancellation) {
        HttpRequest request = gzipped(path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        return call(path, request, json(reader), cancellation, options.retries());
    }

    /** Post bytes and read bytes, else as {@link #post}. */
    <T> T postBytes(String path, byte[] body, StreamReader<T> reader, Cancellation cancellation) {
        HttpRequest request = request(path)
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        return call(path, request, reader, cancellation, options.retries());
    }

    private <T> T call(
            String path, HttpRequest request, StreamReader<T> reader, Cancellation cancellation, int retries) {
        Duration waited = Duration.ZERO;
        for (int failures = 1; ; failures++) {
            enter(cancellation);
            Duration wait;
            try {
                return exchange(path, request, reader, cancellation);
            } catch (MalformedAnswerException e) {
                throw new RemoteException(address() + path + " answers what cannot be used: " + e.getMessage(), e);
            } catch (IOException e) {
                cancellation.check();
                Optional<Duration> asked = e instanceof PassingException passing ? passing.wait : Optional.empty();
                waited = waited.plus(asked.orElse(Duration.ZERO));
                if (e instanceof PassingException passing && passing.isLimit() && !isTooLong(waited)) {
                    // Who is to come back later has not failed.
                    failures--;
                }
                if (failures > retries || asked.filter(RemoteHttp::isTooLong).isPresent()) {
                    throw failed(e, failures, asked);
                }
                wait = asked.orElse(backOff(failures));
            } finally {
                permits.release();
            }
            sleep(wait, cancellation);
        }
    }

    private static boolean isTooLong(Duration asked) {
        return asked.compareTo(LONGEST_ASKED) > 0;
    }

    private RemoteException failed(IOException e, int failures, Optional<Duration> asked) {
        String wish = asked.filter(RemoteHttp::isTooLong)
                .map(wait -> "; it asks to wait " + wait.toMinutes() + " minutes")
                .orElse("");
        return new RemoteException(
                address() + " does not answer after " + failures + (failures == 1 ? " try: " : " tries: ") + reason(e)
                        + wish + "; check that the server runs and the address is right",
                e);
    }

    private String reason(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "there is no host " + root.getHost();
            }
            if (cause instanceof ConnectException) {
                return "connection refused";
            }
        }
        return Failures.line(
                String.valueOf(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
    }

    private Duration backOff(int failures) {
        double most = LONGEST_WAIT.toMillis();
        double wait = Math.min(most, firstWait.toMillis() * Math.pow(2, failures - 1.0));
        // Clients that were refused together should not come back together.
        return Duration.ofMillis((long) (wait * ThreadLocalRandom.current().nextDouble(0.75, 1.25)));
    }

    private void enter(Cancellation cancellation) {
        try {
            do {
                cancellation.check();
            } while (!permits.tryAcquire(100, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static CancelledException interrupted() {
        Thread.currentThread().interrupt();
        return new CancelledException();
    }

    private static void sleep(Duration duration, Cancellation cancellation) {
        var done = new Semaphore(0);
        Runnable wake = done::release;
        cancellation.add(wake);
        try {
            boolean _ = done.tryAcquire(duration.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            cancellation.remove(wake);
        }
        cancellation.check();
    }

    private <T> T exchange(String path, HttpRequest request, StreamReader<T> reader, Cancellation cancellation)
            throws IOException {
        try (var exchange = new Exchange(client, request, options.timeout(), cancellation)) {
            HttpResponse<InputStream> response = exchange.response();
            InputStream in = exchange.body();
            if (response.statusCode() != 200) {
                throw refused(path, response, in);
            }
            try {
                return reader.read(in);
            } catch (JacksonException e) {
                throw exchange.isEnded() ? exchange.end() : broken(e);
            } catch (IOException | MalformedAnswerException e) {
                if (exchange.isEnded()) {
                    throw exchange.end();
                }
                throw e;
            }
        }
    }

    private static <T> StreamReader<T> json(BodyReader<T> reader) {
        return in -> {
            try (JsonParser json = Json.parser(in)) {
                if (json.nextToken() == null) {
                    throw new PassingException("an empty answer", Optional.empty());
                }
                T answer = reader.read(json);
                drain(in);
                return answer;
            }
        };
    }

    /** Read to the end, or the connection could not be used again. */
    private static void drain(InputStream in) {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // What was asked for is there.
        }
    }

    private static IOException broken(JacksonException e) {
        // Between the entries of an object the parser has no exception of its own for the end.
        if (e instanceof JacksonIOException || e.getOriginalMessage().startsWith("Unexpected end-of-input")) {
            return new PassingException("the connection broke in the middle of the answer", Optional.empty());
        }
        throw new MalformedAnswerException("no JSON: " + Failures.line(e.getOriginalMessage()));
    }

    private IOException refused(String path, HttpResponse<InputStream> response, InputStream in) throws IOException {
        String said = Failures.message(in);
        String hidden = options.key().map(key -> key.hide(said)).orElse(said);
        int status = response.statusCode();
        if (Failures.isPassing(status)) {
            Optional<Duration> wait =
                    response.headers().firstValue("Retry-After").flatMap(Failures::duration);
            return new PassingException("status " + status + (hidden.isEmpty() ? "" : ": " + hidden), wait, status);
        }
        throw new StatusException(address() + path, status, hidden);
    }

    private HttpRequest.Builder request(String path) {
        var builder = HttpRequest.newBuilder(URI.create(root + path)).header("User-Agent", "proxytune");
        options.key().ifPresent(key -> builder.header("Authorization", key.header()));
        return builder;
    }

    private HttpRequest.Builder gzipped(String path) {
        return request(path).header("Accept-Encoding", "gzip");
    }

    /**
     * Run tasks side by side, each with a cancellation that ends it when another one fails.
     *
     * @throws RuntimeException what the first that failed threw
     */
    static void runAll(List<Consumer<Cancellation>> tasks, Cancellation cancellation) {
        if (tasks.size() == 1) {
            tasks.getFirst().accept(cancellation);
            return;
        }
        var group = new TaskGroup();
        Runnable hook = group::cancel;
        cancellation.add(hook);
        try {
            List<Thread> threads = new ArrayList<>();
            for (Consumer<Cancellation> task : tasks) {
                threads.add(Thread.startVirtualThread(() -> group.run(task)));
            }
            group.await(threads);
        } finally {
            cancellation.remove(hook);
        }
        cancellation.check();
        group.check();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
