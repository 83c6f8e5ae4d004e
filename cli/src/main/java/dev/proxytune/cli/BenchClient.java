package dev.proxytune.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Ask a server for streams of greedy answers of a fixed length. */
final class BenchClient implements AutoCloseable {
    private static final String DATA = "data: ";

    private final URI address;
    private final String model;
    private final List<List<Object>> bias;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .build();

    /**
     * Ask one model of a server.
     *
     * @param endTokens what would end an answer, which the server is to forbid
     */
    BenchClient(String address, String model, List<Integer> endTokens) {
        this.address = URI.create(address + "/v1/completions");
        this.model = model;
        this.bias = endTokens.stream().map(id -> List.<Object>of(id, false)).toList();
    }

    /**
     * Ask for an answer to each prompt, and read all of them to their end.
     *
     * @param together whether all ask at once, or each when the one before it has its answer
     * @param tokens the length of each answer
     * @throws IllegalStateException if an answer is not what was asked for
     */
    void ask(List<String> prompts, boolean together, int tokens) {
        List<Future<?>> answers = new ArrayList<>();
        for (String prompt : prompts) {
            answers.add(threads.submit(() -> {
                ask(prompt, tokens);
                return null;
            }));
            if (!together) {
                await(answers.getLast());
            }
        }
        answers.forEach(BenchClient::await);
    }

    private static void await(Future<?> answer) {
        try {
            answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the benchmark was interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the server did not answer as it should: " + e.getCause(), e);
        }
    }

    private void ask(String prompt, int tokens) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                client.send(request(prompt, tokens), HttpResponse.BodyHandlers.ofInputStream());
        try (var lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            String before = "";
            String last = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isEmpty()) {
                    before = last;
                    last = line;
                }
            }
            if (response.statusCode() != 200 || !last.equals(DATA + "[DONE]") || told(before) != tokens) {
                throw new IllegalStateException("status " + response.statusCode() + ", at the end of an answer of "
                        + tokens + " tokens: " + before + " " + last);
            }
        }
    }

    /** Return the length of an answer by the last chunk of its stream. */
    private static int told(String line) {
        return line.startsWith(DATA + "{")
                        && Json.object(line.substring(DATA.length())).get("usage") instanceof Map<?, ?> usage
                        && usage.get("completion_tokens") instanceof Integer tokens
                ? tokens
                : -1;
    }

    private HttpRequest request(String prompt, int tokens) {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("model", model);
        body.put("prompt", prompt);
        body.put("max_tokens", tokens);
        body.put("temperature", 0);
        body.put("logit_bias", bias);
        body.put("stream", true);
        body.put("stream_options", Map.of("include_usage", true));
        return HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)))
                .build();
    }

    @Override
    public void close() {
        client.close();
        threads.close();
    }
}
