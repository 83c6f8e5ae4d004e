package dev.proxytune.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Asks a server for greedy text completions, in all the ways that clients have. Thread-safe. */
final class LoadClient implements AutoCloseable {
    private final URI address;
    private final String model;
    private final int maxTokens;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Long> firsts = new ArrayList<>();
    private final List<Long> gaps = new ArrayList<>();

    LoadClient(URI address, String model, int maxTokens) {
        this.address = address;
        this.model = model;
        this.maxTokens = maxTokens;
    }

    private String body(String prompt, int count, boolean stream) {
        return Json.line(Map.of(
                "model",
                model,
                "prompt",
                prompt,
                "temperature",
                0,
                "max_tokens",
                maxTokens,
                "n",
                count,
                "stream",
                stream));
    }

    private HttpRequest request(String body) {
        return HttpRequest.newBuilder(address.resolve("/v1/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /** Return the answers to a prompt, asked for as a whole. */
    List<String> whole(String prompt, int count) throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(request(body(prompt, count, false)), HttpResponse.BodyHandlers.ofString());
        require(response.statusCode() == 200, response.body());
        List<String> answers = new ArrayList<>();
        for (Object choice : list(Json.object(response.body()), "choices")) {
            Map<?, ?> one = (Map<?, ?>) choice;
            require(one.get("finish_reason") != null, response.body());
            answers.add(String.valueOf(one.get("text")));
        }
        require(answers.size() == count, response.body());
        return answers;
    }

    /** Return the answer to a prompt, read as it is made. */
    String streamed(String prompt) throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpResponse<InputStream> response =
                client.send(request(body(prompt, 1, true)), HttpResponse.BodyHandlers.ofInputStream());
        require(response.statusCode() == 200, "status " + response.statusCode());
        var text = new StringBuilder();
        boolean finished = false;
        boolean done = false;
        long last = 0;
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data: {")) {
                    Map<?, ?> choice = (Map<?, ?>)
                            list(Json.object(line.substring(6)), "choices").getFirst();
                    text.append(choice.get("text"));
                    finished |= choice.get("finish_reason") != null;
                    long now = System.nanoTime();
                    note(last == 0 ? now - start : now - last, last == 0);
                    last = now;
                }
                done |= line.equals("data: [DONE]");
            }
        }
        require(finished && done, "the stream broke off after: " + text);
        return text.toString();
    }

    /** Begin to read an answer and go away. */
    void vanishing(String prompt, int bytes) throws IOException {
        String body = body(prompt, 1, true);
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
            String head = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
                    + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            byte[] read = socket.getInputStream().readNBytes(bytes);
            boolean whole = new String(read, StandardCharsets.UTF_8).contains("data: [DONE]");
            require(read.length == bytes || whole, "the stream ended before its client");
        }
    }

    String get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(address.resolve(path)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static List<?> list(Map<String, ?> object, String name) {
        return (List<?>) Objects.requireNonNull(object.get(name));
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    private synchronized void note(long nanos, boolean first) {
        (first ? firsts : gaps).add(nanos);
    }

    /** Tell the times that streams took. */
    synchronized String latencies() {
        return "time to first token " + percentiles(firsts) + ", between tokens " + percentiles(gaps);
    }

    private static String percentiles(List<Long> nanos) {
        List<Long> sorted = nanos.stream().sorted().toList();
        if (sorted.isEmpty()) {
            return "unknown";
        }
        return "p50 %.1f ms, p95 %.1f ms"
                .formatted(
                        sorted.get(sorted.size() / 2) / 1e6,
                        sorted.get(Math.min(sorted.size() - 1, sorted.size() * 95 / 100)) / 1e6);
    }

    @Override
    public void close() {
        client.close();
    }
}
