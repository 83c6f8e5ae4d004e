package dev.proxytune.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** A server that behaves like the hub, and a second one on another port, where it sends those who want large files. */
final class FakeHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** A request as it arrived. */
    record Seen(String server, String method, String path, Optional<String> authorization, Optional<String> range) {}

    /** What a test wants to go wrong. */
    interface Fault {
        /** Answer in place of the server; return false to let it answer. */
        boolean answer(HttpExchange exchange, Seen seen) throws IOException;
    }

    /** A file, and the bytes that are handed out for it, which may be others. */
    private static final class Stored {
        private final byte[] bytes;
        private final boolean large;
        private final byte[] handedOut;
        private final String tag;

        Stored(byte[] bytes, boolean large, byte[] handedOut) {
            this.bytes = bytes;
            this.large = large;
            this.handedOut = handedOut;
            this.tag = large ? sha256(bytes) : gitHash(bytes);
        }

        String tag() {
            return tag;
        }
    }

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    volatile Fault fault = (_, _) -> false;
    volatile boolean withRanges = true;
    volatile Optional<String> token = Optional.empty();
    volatile String commit = COMMIT;
    /** Bytes a second and connection; 0 for as fast as it goes. */
    volatile long rate;

    private final Map<String, Map<String, Stored>> repositories = new LinkedHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub = start(this::answerAsHub);
    private final HttpServer store = start(this::answerAsStore);

    private HttpServer start(HttpHandler handler) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                try (exchange) {
                    handler.handle(exchange);
                }
            });
            server.setExecutor(threads);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String endpoint() {
        return "http://127.0.0.1:" + hub.getAddress().getPort();
    }

    int storePort() {
        return store.getAddress().getPort();
    }

    /** Offer a large file, whose tag is its SHA-256. */
    FakeHub put(String repository, String path, byte[] bytes) {
        return put(repository, path, new Stored(bytes, true, bytes));
    }

    /** Offer a small file, whose tag is git's. */
    FakeHub putSmall(String repository, String path, byte[] bytes) {
        return put(repository, path, new Stored(bytes, false, bytes));
    }

    /** Offer a file and hand out other bytes for it. */
    FakeHub putWrong(String repository, String path, byte[] bytes, byte[] handedOut) {
        return put(repository, path, new Stored(bytes, true, handedOut));
    }

    private FakeHub put(String repository, String path, Stored file) {
        repositories.computeIfAbsent(repository, _ -> new LinkedHashMap<>()).put(path, file);
        return this;
    }

    void remove(String repository, String path) {
        repositories.get(repository).remove(path);
    }

    String tag(String repository, String path) {
        return repositories.get(repository).get(path).tag();
    }

    List<Seen> seen(String method, String server) {
        return seen.stream()
                .filter(request ->
                        request.method().equals(method) && request.server().equals(server))
                .toList();
    }

    private Seen note(String server, HttpExchange exchange) {
        var request = new Seen(
                server,
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")),
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range")));
        seen.add(request);
        return request;
    }

    private void answerAsHub(HttpExchange exchange) throws IOException {
        Seen request = note("hub", exchange);
        if (fault.answer(exchange, request)) {
            return;
        }
        if (token.isPresent() && !request.authorization().equals(token.map(value -> "Bearer " + value))) {
            error(exchange, 401, "RepoNotFound");
            return;
        }
        String[] parts = request.path().substring(1).split("/", -1);
        if (parts.length >= 6 && parts[0].equals("api") && parts[4].equals("revision")) {
            list(exchange, parts[2] + "/" + parts[3]);
        } else if (parts.length >= 5 && parts[2].equals("resolve")) {
            resolve(
                    exchange,
                    parts[0] + "/" + parts[1],
                    Arrays.stream(parts).skip(4).collect(Collectors.joining("/")));
        } else {
            error(exchange, 404, "EntryNotFound");
        }
    }

    private void list(HttpExchange exchange, String repository) throws IOException {
        if (!repositories.containsKey(repository)) {
            error(exchange, 404, "RepoNotFound");
            return;
        }
        List<String> files = new ArrayList<>();
        for (String path : repositories.get(repository).keySet()) {
            String escaped = path.replace("\\", "\\\\").replace("\0", "\\u0000");
            files.add("{\"rfilename\": \"" + escaped + "\"}");
        }
        byte[] body = ("{\"id\": \"" + repository + "\", \"sha\": \"" + commit
                        + "\", \"private\": false, \"gated\": false," + " \"siblings\": [" + String.join(", ", files)
                        + "]}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        send(exchange, 200, body, 0, body.length, 0);
    }

    private void resolve(HttpExchange exchange, String repository, String path) throws IOException {
        Map<String, Stored> files = repositories.get(repository);
        if (files == null) {
            error(exchange, 404, "RepoNotFound");
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", commit);
        Stored file = files.get(path);
        if (file == null) {
            error(exchange, 404, "EntryNotFound");
            return;
        }
        if (file.large) {
            var headers = exchange.getResponseHeaders();
            headers.set("X-Linked-Etag", "\"" + file.tag() + "\"");
            headers.set("X-Linked-Size", Integer.toString(file.bytes.length));
            headers.set("Location", "http://127.0.0.1:" + storePort() + "/blobs/" + file.tag() + "?signature=secret");
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.getResponseHeaders().set("ETag", "\"" + file.tag() + "\"");
            handOut(exchange, file.handedOut);
        }
    }

    private void answerAsStore(HttpExchange exchange) throws IOException {
        Seen request = note("store", exchange);
        if (fault.answer(exchange, request)) {
            return;
        }
        String tag = request.path().substring(request.path().lastIndexOf('/') + 1);
        Optional<Stored> file = repositories.values().stream()
                .flatMap(files -> files.values().stream())
                .filter(one -> one.tag().equals(tag))
                .findFirst();
        if (file.isEmpty()) {
            error(exchange, 404, "");
        } else {
            handOut(exchange, file.get().handedOut);
        }
    }

    /** Answer with bytes, or the range of them that is asked for. */
    void handOut(HttpExchange exchange, byte[] bytes) throws IOException {
        Optional<String> range =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
        if (range.isEmpty() || !withRanges) {
            send(exchange, 200, bytes, 0, bytes.length, rate);
            return;
        }
        String[] ends = range.get().replace("bytes=", "").split("-", 2);
        int from = Integer.parseInt(ends[0]);
        int to = ends[1].isEmpty() ? bytes.length - 1 : Math.min(bytes.length - 1, Integer.parseInt(ends[1]));
        if (from >= bytes.length) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + bytes.length);
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + bytes.length);
        send(exchange, 206, bytes, from, to + 1 - from, rate);
    }

    static void send(HttpExchange exchange, int status, byte[] bytes, int from, int length, long rate)
            throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
        OutputStream out = exchange.getResponseBody();
        int step = rate == 0 ? 1 << 16 : (int) Math.max(1, rate / 20);
        for (int done = 0; done < length; done += step) {
            out.write(bytes, from + done, Math.min(step, length - done));
            if (rate > 0) {
                out.flush();
                sleep(50);
            }
        }
    }

    /** Send the beginning of an answer that is announced to be longer, and break the connection. */
    static void sendBroken(HttpExchange exchange, byte[] bytes, int from, int length, int cut) throws IOException {
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + from + "-" + (from + length - 1) + "/" + bytes.length);
        exchange.sendResponseHeaders(206, length);
        exchange.getResponseBody().write(bytes, from, cut);
        exchange.getResponseBody().flush();
        exchange.close();
    }

    static void error(HttpExchange exchange, int status, String code) throws IOException {
        exchange.getResponseHeaders().set("X-Error-Code", code);
        exchange.sendResponseHeaders(status, -1);
    }

    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(digest("SHA-256").digest(bytes));
    }

    static String gitHash(byte[] bytes) {
        MessageDigest digest = digest("SHA-1");
        digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
        return HexFormat.of().formatHex(digest.digest(bytes));
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    URI storeAddress(String tag) {
        return URI.create("http://127.0.0.1:" + storePort() + "/blobs/" + tag);
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }
}
