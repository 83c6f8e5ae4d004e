package dev.proxytune.remote;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answer as vLLM, llama.cpp's server, OpenAI or our own server do, with what a {@link ByteModel} says; and misbehave as told. */
final class FakeServer implements AutoCloseable {
    static final int VLLM_CONTEXT = 400;
    static final int MOST_NAMED = 128;
    private static final JsonMapper JSON = JsonMapper.shared();

    /** What one answer is to be instead; the delay comes before it, or in it where it is cut. */
    record Trouble(int status, Map<String, String> headers, String body, int cutAfter, long delayMillis) {
        static Trouble status(int status, String body) {
            return new Trouble(status, Map.of(), body, -1, 0);
        }
    }

    final List<JsonNode> asked = Collections.synchronizedList(new ArrayList<>());
    final List<String> keys = Collections.synchronizedList(new ArrayList<>());
    final Queue<Trouble> troubles = new ConcurrentLinkedQueue<>();
    int maxLogprobs = Integer.MAX_VALUE;
    boolean knowsIds = true;
    int vocabulary = ByteModel.SIZE;
    double constant;
    boolean shiftsTokens;
    boolean chunked;
    boolean keepsToDrafts = true;
    boolean ranks = true;
    Optional<String> owner = Optional.empty();
    final Set<String> missing = new HashSet<>();
    final AtomicInteger atOnce = new AtomicInteger();
    final AtomicInteger mostAtOnce = new AtomicInteger();
    UnaryOperator<String> rewrite = body -> body;
    UnaryOperator<byte[]> rewriteRows = body -> body;
    String facts = FakeRows.FACTS;
    private final HttpServer server;
    private final ByteModel model;
    private final Protocol protocol;

    FakeServer(Protocol protocol, ByteModel model) throws IOException {
        this(protocol, model, 0);
    }

    FakeServer(Protocol protocol, ByteModel model, int port) throws IOException {
        this.protocol = protocol;
        this.model = model;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] sent = exchange.getRequestBody().readAllBytes();
            if (path.equals("/v1/proxytune/rows") && exchange.getRequestMethod().equals("POST")) {
                sendRows(exchange, FakeRows.read(sent));
                return;
            }
            String body = new String(sent, StandardCharsets.UTF_8);
            boolean isRow = path.endsWith("completions") || path.endsWith("completion");
            Trouble trouble = isRow ? troubles.poll() : null;
            if (isRow) {
                asked.add(JSON.readTree(body));
            }
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            try {
                send(exchange, trouble, path, body);
            } finally {
                atOnce.decrementAndGet();
            }
        }
    }

    private void sendRows(HttpExchange exchange, FakeRows rows) throws IOException {
        asked.add(JSON.createObjectNode()
                .put("rows", rows.rows)
                .put("top", rows.top)
                .put("tokens", rows.tokens.length)
                .put("value_bytes", rows.valueBytes));
        Trouble trouble = troubles.poll();
        byte[] answer = rewriteRows.apply(rows.answer(model));
        if (trouble != null) {
            trouble.headers().forEach(exchange.getResponseHeaders()::set);
            answer = trouble.body().isEmpty() ? answer : trouble.body().getBytes(StandardCharsets.UTF_8);
        }
        write(exchange, trouble == null ? 200 : trouble.status(), answer, trouble);
    }

    private void send(HttpExchange exchange, @Nullable Trouble trouble, String path, String body) throws IOException {
        int status = 200;
        String answer = "";
        if (trouble != null && !trouble.body().isEmpty()) {
            status = trouble.status();
            answer = trouble.body();
        } else {
            try {
                answer = rewrite.apply(answer(path, body.isEmpty() ? JSON.createObjectNode() : JSON.readTree(body)));
                status = trouble == null ? 200 : trouble.status();
            } catch (Refusal e) {
                status = e.status;
                answer = String.valueOf(e.getMessage());
            }
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (trouble != null) {
            trouble.headers().forEach(exchange.getResponseHeaders()::set);
        }
        write(exchange, status, bytes, trouble);
    }

    private void write(HttpExchange exchange, int status, byte[] bytes, @Nullable Trouble trouble) throws IOException {
        int end = bytes.length;
        long inBetween = 0;
        if (trouble != null && trouble.cutAfter() >= 0) {
            end = Math.min(end, trouble.cutAfter());
            inBetween = trouble.delayMillis();
        } else if (trouble != null) {
            pause(trouble.delayMillis());
        }
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : chunked ? 0 : bytes.length);
        exchange.getResponseBody().write(bytes, 0, end);
        exchange.getResponseBody().flush();
        pause(inBetween);
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int status;

        private Refusal(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    private String answer(String path, JsonNode body) {
        boolean others = (path.equals("/props") && protocol != Protocol.LLAMA_SERVER)
                || (path.equals("/version") && protocol != Protocol.VLLM);
        if (others || missing.contains(path)) {
            throw new Refusal(404, "{\"detail\":\"Not Found\"}");
        }
        return switch (path) {
            case "/v1/models" -> models();
            case "/version" -> "{\"version\":\"0.11.0\"}";
            case "/props" ->
                "{\"default_generation_settings\":{\"n_ctx\":300},\"total_slots\":4,\"chat_template\":\"T\"}";
            case "/tokenize" -> tokens(body);
            case "/v1/proxytune/rows" -> facts;
            case "/completion" -> llamaServer(body);
            case "/v1/completions" -> vllm(body);
            case "/v1/chat/completions" -> chat(body);
            default -> throw new Refusal(404, "{\"detail\":\"Not Found\"}");
        };
    }

    private String models() {
        if (owner.isPresent()) {
            return "{\"object\":\"list\",\"data\":[{\"id\":\"m\",\"owned_by\":\"" + owner.get() + "\"}]}";
        }
        String entry = switch (protocol) {
            case VLLM -> "{\"id\":\"m\",\"owned_by\":\"vllm\",\"max_model_len\":" + VLLM_CONTEXT + ",\"root\":null}";
            case LLAMA_SERVER ->
                "{\"id\":\"m\",\"owned_by\":\"llamacpp\",\"meta\":{\"n_vocab\":" + ByteModel.SIZE
                        + ",\"n_ctx_train\":512}}";
            case PROXYTUNE -> "{\"id\":\"m\",\"owned_by\":\"proxytune\"}";
            case OPENAI -> "{\"id\":\"gpt\",\"owned_by\":\"system\"}";
        };
        return "{\"object\":\"list\",\"data\":[" + entry + "]}";
    }

    private String tokens(JsonNode body) {
        String text =
                body.path(protocol == Protocol.VLLM ? "prompt" : "content").asString();
        int[] ids = model.vocabulary().tokenize(text, false, false);
        int shift = shiftsTokens ? 1 : 0;
        return "{\"count\":1,\"tokens\":"
                + IntStream.of(ids).map(id -> id + shift).boxed().toList() + "}";
    }

    private static int[] prompt(JsonNode body) {
        return body.get("prompt").values().stream().mapToInt(JsonNode::intValue).toArray();
    }

    private List<Integer> best(double[] logprobs, int count) {
        return IntStream.range(0, ByteModel.SIZE)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> -logprobs[id]))
                .limit(count)
                .toList();
    }

    private String llamaServer(JsonNode body) {
        int[] tokens = prompt(body);
        var drafted = new ArrayDeque<Integer>();
        Matcher ids =
                Pattern.compile("<\\[(\\d+)]>").matcher(body.path("grammar").asString(""));
        while (keepsToDrafts && ids.find()) {
            drafted.add(Integer.parseInt(ids.group(1)));
        }
        List<String> rows = new ArrayList<>();
        List<Integer> drawn = new ArrayList<>();
        for (int i = 0; i < body.get("n_predict").intValue(); i++) {
            double[] logprobs = model.logprobs(tokens);
            List<Integer> best = best(logprobs, body.get("n_probs").intValue());
            int next = drafted.isEmpty() ? best.getFirst() : drafted.poll();
            List<String> entries =
                    best.stream().map(id -> entry(id, logprobs[id], "")).toList();
            rows.add(entry(next, logprobs[next], ",\"top_logprobs\":[" + String.join(",", entries) + "]"));
            drawn.add(next);
            tokens = IntStream.concat(IntStream.of(tokens), IntStream.of(next)).toArray();
        }
        return "{\"completion_probabilities\":[" + String.join(",", rows) + "],\"tokens\":" + drawn + "}";
    }

    private static String entry(int id, double logprob, String more) {
        // exp in floats, as llama.cpp does it
        double told = logprob < -100 ? -3.4028234663852886e38 : logprob;
        return "{\"id\":" + id + ",\"token\":\"\\u" + String.format("%04x", id) + "\",\"bytes\":[" + id % 256
                + "],\"logprob\":" + told + more + "}";
    }

    private String vllm(JsonNode body) {
        int[] tokens = prompt(body);
        int count = body.path("logprobs").intValue(0);
        for (String field : List.of("logprobs", "prompt_logprobs")) {
            int wanted = body.path(field).intValue(0);
            if ((wanted == -1 ? ByteModel.SIZE : wanted) > maxLogprobs) {
                throw new Refusal(
                        400,
                        "{\"error\":{\"message\":\"Requested sample logprobs of " + wanted
                                + ", which is greater than max allowed: " + maxLogprobs
                                + "\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}}");
            }
        }
        if (body.has("logprob_token_ids") && !knowsIds) {
            throw new Refusal(400, "{\"error\":{\"message\":\"Extra inputs are not permitted\"}}");
        }
        refuseAsVllm(body, tokens);
        double[] logprobs = told(tokens);
        List<Integer> told = body.has("logprob_token_ids")
                ? body.get("logprob_token_ids").values().stream()
                        .map(JsonNode::intValue)
                        .toList()
                : best(logprobs, count == -1 ? ByteModel.SIZE : count);
        Map<String, String> top = new LinkedHashMap<>();
        told.forEach(id -> top.put("token_id:" + id, Double.toString(Math.max(logprobs[id], -9999))));
        List<String> before = new ArrayList<>();
        if (body.has("prompt_logprobs") && keepsToDrafts) {
            int most = body.get("prompt_logprobs").intValue();
            before.add("null");
            for (int length = 1; length < tokens.length; length++) {
                before.add(position(tokens, length, most == -1 ? ByteModel.SIZE : most));
            }
        }
        return "{\"id\":\"cmpl-1\",\"choices\":[{\"index\":0,\"text\":\"x\",\"logprobs\":{\"text_offset\":[0],"
                + "\"token_logprobs\":[null],\"tokens\":[\"token_id:1\"],\"top_logprobs\":[" + object(top)
                + "]},\"finish_reason\":\"length\",\"prompt_logprobs\":"
                + (before.isEmpty() ? "null" : "[" + String.join(",", before) + "]")
                + "}],\"usage\":{\"prompt_tokens\":3}}";
    }

    /** Return the values, or logits if there is a constant. */
    private double[] told(int[] tokens) {
        return DoubleStream.of(model.logprobs(tokens))
                .map(logprob -> logprob + constant)
                .toArray();
    }

    /** Refuse what vLLM 0.32 refuses, in its words. */
    private void refuseAsVllm(JsonNode body, int[] tokens) {
        List<Integer> named = body.path("logprob_token_ids").values().stream()
                .map(JsonNode::intValue)
                .toList();
        List<Integer> unknown = named.stream().filter(id -> id >= vocabulary).toList();
        String words = named.size() > MOST_NAMED
                ? "Requested logprob_token_ids of length " + named.size() + ", which is greater than max allowed: "
                        + MOST_NAMED + " (parameter=logprob_token_ids, value=" + named.size() + ")"
                : !unknown.isEmpty()
                        ? "token_id(s) " + unknown + " in logprob_token_ids contain out-of-vocab token ids. Vocabulary"
                                + " size: " + vocabulary + " (parameter=logprob_token_ids, value=" + unknown + ")"
                        : tokens.length >= VLLM_CONTEXT
                                ? "max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)"
                                : "";
        if (!words.isEmpty()) {
            throw new Refusal(
                    400, "{\"error\":{\"message\":\"" + words + "\",\"type\":\"BadRequestError\",\"code\":400}}");
        }
    }

    private String position(int[] tokens, int length, int count) {
        double[] logprobs = told(IntStream.of(tokens).limit(length).toArray());
        List<Integer> order = best(logprobs, ByteModel.SIZE);
        Map<String, String> entries = new LinkedHashMap<>();
        // The token that stands there comes first, whatever its rank.
        for (int id : IntStream.concat(
                        IntStream.of(tokens[length]),
                        order.stream().limit(count).mapToInt(id -> id))
                .distinct()
                .toArray()) {
            entries.put(
                    Integer.toString(id),
                    "{\"logprob\":" + logprobs[id] + ",\"rank\":" + (ranks ? order.indexOf(id) + 1 : null)
                            + ",\"decoded_token\":\"a\\\"b\"}");
        }
        return object(entries);
    }

    private static String object(Map<String, String> fields) {
        List<String> written = new ArrayList<>();
        fields.forEach((name, value) -> written.add("\"" + name + "\":" + value));
        return "{" + String.join(",", written) + "}";
    }

    private String chat(JsonNode body) {
        int count = body.get("top_logprobs").intValue();
        if (count > maxLogprobs) {
            throw new Refusal(
                    400,
                    "{\"error\":{\"message\":\"Invalid value for 'top_logprobs': must be at most " + maxLogprobs
                            + "\"}}");
        }
        String[] texts = {"B", " A", "A", "The", "ö"};
        double[] logprobs = {-0.5, -1.5, -2.5, -3, -9999};
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < texts.length; i++) {
            byte[] bytes = texts[i].getBytes(StandardCharsets.UTF_8);
            entries.add("{\"token\":\"" + texts[i] + "\",\"logprob\":" + logprobs[i] + ",\"bytes\":"
                    + IntStream.range(0, bytes.length)
                            .map(at -> bytes[at] & 0xFF)
                            .boxed()
                            .toList()
                    + "}");
        }
        return "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"B\"},\"logprobs\":{\"content\":"
                + "[{\"token\":\"B\",\"logprob\":-0.5,\"bytes\":[66],\"top_logprobs\":[" + String.join(",", entries)
                + "]}],\"refusal\":null},\"finish_reason\":\"length\"}]}";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
