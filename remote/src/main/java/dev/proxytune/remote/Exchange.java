package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Run one HTTP request, to the end of its body, until it is closed, its time is up or somebody cancels it. */
final class Exchange implements AutoCloseable {
    /*
     * Implementation note. An answer that is known to be small is awaited whole, by the thread that asks. To read it as
     * a stream would wake that thread once more, and need another thread to watch the time: of a small model's row on
     * this machine a tenth and more.
     */
    private static final long SMALL = 1 << 20;

    private final CompletableFuture<HttpResponse<InputStream>> future;
    private final CompletableFuture<Void> timer = new CompletableFuture<>();
    private final Duration timeout;
    private final long end;
    private final Cancellation cancellation;
    private final Runnable hook = this::stop;
    private @Nullable InputStream body;
    private volatile boolean late;
    private volatile boolean stopped;

    Exchange(HttpClient client, HttpRequest request, Duration timeout, Cancellation cancellation) {
        this.timeout = timeout;
        this.end = System.nanoTime() + timeout.toNanos();
        this.cancellation = cancellation;
        this.future = client.sendAsync(request, Exchange::receiver);
        cancellation.add(hook);
    }

    private static BodySubscriber<InputStream> receiver(ResponseInfo info) {
        long length = info.headers().firstValueAsLong("Content-Length").orElse(Long.MAX_VALUE);
        return length <= SMALL
                ? BodySubscribers.mapping(BodySubscribers.ofByteArray(), ByteArrayInputStream::new)
                : BodySubscribers.ofInputStream();
    }

    private void expire() {
        late = true;
        stop();
    }

    private void stop() {
        stopped = true;
        future.cancel(true);
        InputStream open = opened();
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It is given up anyway.
            }
        }
    }

    private synchronized @Nullable InputStream opened() {
        return body;
    }

    /** Wait for the status, the headers, and a small body. */
    HttpResponse<InputStream> response() throws IOException {
        try {
            return future.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            expire();
            throw end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        } catch (CancellationException e) {
            throw end();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException _ when stopped -> throw end();
                case CancellationException _ -> throw end();
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case null, default -> throw new IOException(e.getCause());
            }
        }
    }

    /** Return the body, unpacked if it is packed. */
    InputStream body() throws IOException {
        HttpResponse<InputStream> response = response();
        synchronized (this) {
            body = response.body();
        }
        if (stopped) {
            response.body().close();
            throw end();
        }
        if (!(response.body() instanceof ByteArrayInputStream)) {
            watch();
        }
        boolean packed = response.headers()
                .firstValue("Content-Encoding")
                .filter("gzip"::equalsIgnoreCase)
                .isPresent();
        return packed ? new GZIPInputStream(response.body(), 1 << 16) : response.body();
    }

    /** End a body that comes bit by bit when its time is up. */
    private void watch() {
        CompletableFuture<Void> _ = timer.orTimeout(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)
                .whenComplete((_, expired) -> {
                    if (expired != null) {
                        expire();
                    }
                });
    }

    /** Return whether it was ended from outside. */
    boolean isEnded() {
        return stopped;
    }

    /** Return why it was ended; throws that if it was cancelled. */
    IOException end() {
        cancellation.check();
        return late
                ? new HttpTimeoutException("no whole answer within " + timeout.toMillis() / 1000.0 + " s")
                : new IOException("the request was given up");
    }

    @Override
    public void close() {
        cancellation.remove(hook);
        timer.complete(null);
        stop();
    }
}
