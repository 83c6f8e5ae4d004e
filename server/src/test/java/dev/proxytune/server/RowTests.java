package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Asks a server for rows of logits. */
class RowTests {
    private static final int SIZE = 257;
    private static final String PATH = "/v1/proxytune/rows";

    private final TextModel model = new TextModel(SIZE, 200, true);
    private final List<String> log = new CopyOnWriteArrayList<>();
    private TestServer server = start(new RowSharing(0), EngineOptions.DEFAULT);

    private TestServer start(RowSharing sharing, EngineOptions engine) {
        var options = ServerOptions.DEFAULT.withApiKeys(List.of("one", "two")).withLog(log::add);
        ServedModel text = ServedModel.single("text", () -> new LoadedModel(model, PromptFormats.auto(model)))
                .withSharing(sharing);
        ServedModel closed = ServedModel.single("closed", () -> new LoadedModel(model, PromptFormats.auto(model)));
        ServedModel trio =
                ServedModel.trio("trio", true, Steering.DEFAULT, this::trio).withSharing(sharing);
        return new TestServer(List.of(text, closed, trio), engine, options);
    }

    private LoadedModel trio() {
        var steered = ProxyTunedModel.of(
                new TextModel(SIZE, 200, true), new TextModel(SIZE, 200, true), new EchoModel("", 200));
        return new LoadedModel(steered, PromptFormats.auto(steered));
    }

    @AfterEach
    void stop() {
        model.gate.release(1_000_000);
        server.close();
    }

    static byte[] request(String model, int valueBytes, int top, int rows, int... tokens) {
        byte[] name = model.getBytes(StandardCharsets.UTF_8);
        var out = ByteBuffer.allocate(20 + name.length + 4 * tokens.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put("PTRQ".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) valueBytes);
        out.putShort((short) name.length)
                .putInt(top)
                .putInt(rows)
                .putInt(tokens.length)
                .put(name);
        Arrays.stream(tokens).forEach(out::putInt);
        return out.array();
    }

    private HttpResponse<byte[]> post(String key, byte[] body) throws IOException, InterruptedException {
        return server.client.send(
                server.request(PATH)
                        .header("Authorization", "Bearer " + key)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private ByteBuffer rows(byte[] body) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = post("one", body);
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
        return ByteBuffer.wrap(response.body()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void checkHeader(ByteBuffer in, int valueBytes, int rows, int entries) {
        byte[] magic = new byte[4];
        in.get(magic);
        assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("PTRW");
        assertThat(in.get()).isEqualTo((byte) 1);
        assertThat((int) in.get()).isEqualTo(valueBytes);
        assertThat(in.getShort()).isZero();
        assertThat(in.getInt()).isEqualTo(SIZE);
        assertThat(in.getInt()).isEqualTo(rows);
        assertThat(in.getInt()).isEqualTo(entries);
    }

    private static void checkNorm(ByteBuffer in, float[] gaps) {
        double sum = IntStream.range(0, gaps.length)
                .mapToDouble(id -> Math.exp(-gaps[id]))
                .sum();
        assertThat((double) in.getFloat()).isCloseTo(Math.log(sum), within(1e-6));
    }

    private float[] gaps(Integer... tokens) {
        float[] row = model.row(List.of(tokens));
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            max = Math.max(max, logit);
        }
        for (int id = 0; id < row.length; id++) {
            row[id] = max - row[id];
        }
        return row;
    }

    @Test
    void tellsWholeRowsExactly() throws Exception {
        ByteBuffer in = rows(request("text", 4, 0, 2, 7, 8, 9));
        checkHeader(in, 4, 2, SIZE);
        for (float[] gaps : List.of(gaps(7, 8), gaps(7, 8, 9))) {
            checkNorm(in, gaps);
            for (float gap : gaps) {
                assertThat(in.getFloat()).isEqualTo(gap);
            }
        }
        assertThat(in.hasRemaining()).isFalse();
    }

    @Test
    void tellsThemInHalfTheBytesWithSmallErrorsNearTheBest() throws Exception {
        ByteBuffer in = rows(request("", 2, 0, 1, 7, 8));
        checkHeader(in, 2, 1, SIZE);
        float[] gaps = gaps(7, 8);
        checkNorm(in, gaps);
        for (float gap : gaps) {
            float told = Float.float16ToFloat(in.getShort());
            if (gap == Float.POSITIVE_INFINITY) {
                assertThat(told).isEqualTo(gap);
            } else {
                assertThat(told).isCloseTo(gap, within(gap / 2048 + 1e-7f));
            }
        }
        assertThat(in.hasRemaining()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1, 4", "10, 4", "10, 2", "256, 4"})
    void tellsTheLikeliestInTheirOrder(int top, int valueBytes) throws Exception {
        ByteBuffer in = rows(request("text", valueBytes, top, 1, 7, 8));
        checkHeader(in, valueBytes, 1, top);
        float[] gaps = gaps(7, 8);
        checkNorm(in, gaps);
        int[] sorted = IntStream.range(0, SIZE)
                .boxed()
                .sorted(Comparator.comparingDouble(id -> gaps[id]))
                .limit(top)
                .mapToInt(id -> id)
                .toArray();
        for (int id : sorted) {
            assertThat(in.getInt()).isEqualTo(id);
        }
        for (int id : sorted) {
            float told = valueBytes == 4 ? in.getFloat() : Float.float16ToFloat(in.getShort());
            assertThat(told).isCloseTo(gaps[id], within(valueBytes == 4 ? 0 : gaps[id] / 2048));
        }
        assertThat(in.hasRemaining()).isFalse();
    }

    @Test
    void sendsWhatIsTooLargeForOnePiece() throws Exception {
        server.close();
        var large = new TextModel(20_000, 200, false);
        ServedModel served = ServedModel.single("large", () -> new LoadedModel(large, PromptFormats.auto(large)))
                .withSharing(new RowSharing(0));
        server = new TestServer(
                List.of(served), EngineOptions.DEFAULT, ServerOptions.DEFAULT.withApiKeys(List.of("one")));
        int[] tokens = IntStream.range(0, 100).toArray();
        for (int repetition = 0; repetition < 3; repetition++) {
            ByteBuffer in = rows(request("large", 4, 0, 32, tokens));
            assertThat(in.capacity()).isEqualTo(20 + 32 * (4 + 20_000 * 4));
            float[] logits = large.row(Arrays.stream(tokens).boxed().toList());
            float last = in.getFloat(in.capacity() - 4);
            float first = in.getFloat(in.capacity() - 20_000 * 4);
            assertThat(first - last).isCloseTo(logits[19_999] - logits[0], within(1e-5f));
        }
    }

    /** Changes one byte, or the length, of a good request. */
    private static UnaryOperator<byte[]> at(int place, int value) {
        return body -> {
            byte[] changed = place < body.length ? body.clone() : Arrays.copyOf(body, place + 1);
            changed[place] = (byte) value;
            return changed;
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0  | 81  | must begin with PTRQ",
                "4  | 2   | version 2; this server knows version 1",
                "5  | 3   | 2 bytes or 4, got: 3",
                "6  | 5   | header says that there are",
                "11 | 128 | number of tokens of a row must be 0 or more",
                "12 | 0   | number of rows must be from 1 to that of the tokens, 3, got: 0",
                "12 | 4   | number of rows must be from 1 to that of the tokens, 3, got: 4",
                "15 | 128 | number of rows must be from 1",
                "16 | 0   | number of tokens must be 1 or more",
                "16 | 4   | header says that there are",
                "19 | 127 | header says that there are",
                "19 | 128 | number of tokens must be 1 or more",
                "25 | 1   | Token 0 must be from 0 to 256, got: 263",
                "35 | 128 | Token 2 must be from 0 to 256",
                "36 | 0   | The body has 37 bytes; its header says that there are 36"
            })
    void refusesWhatIsNoRequest(int place, int value, String message) throws Exception {
        HttpResponse<byte[]> response = post("one", at(place, value).apply(request("text", 4, 0, 1, 7, 8, 9)));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(message(response)).contains(message);
        assertThat(model.computed).isEmpty();
    }

    private static String message(HttpResponse<byte[]> response) {
        JsonNode body = TestServer.MAPPER.readTree(response.body());
        return body.at("/error/message").asString();
    }

    @Test
    void refusesMoreThanFits() throws Exception {
        int[] tokens = new int[201];
        assertThat(message(post("one", request("text", 4, 0, 1, tokens))))
                .contains("201 tokens, and the context holds 200");
        assertThat(message(post("one", request("text", 4, 0, 33, new int[40]))))
                .contains("may ask for 32 rows, got: 33");
        assertThat(message(post("one", new byte[0]))).contains("PTRQ");
        assertThat(model.computed).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "closed, 404, closed' does not share its rows; serve --expose-logits",
        "trio:expert, 404, trio:expert' does not share",
        "none, 404, There is no model"
    })
    void sharesNoOtherRows(String name, int status, String message) throws Exception {
        HttpResponse<byte[]> response = post("one", request(name, 4, 0, 1, 7));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(message(response)).contains(message);
    }

    @Test
    void asksForAKey() throws Exception {
        assertThat(post("three", request("text", 4, 0, 1, 7)).statusCode()).isEqualTo(401);
        assertThat(server.get(PATH).statusCode()).isEqualTo(401);
        assertThat(model.computed).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TestServer(
                        List.of(ServedModel.single("text", this::trio).withSharing(RowSharing.DEFAULT)),
                        EngineOptions.DEFAULT,
                        ServerOptions.DEFAULT))
                .withMessageContaining("API keys");
    }

    @Test
    void sharesTheRowsOfASteeredModelAndOfItsTarget() throws Exception {
        ByteBuffer base = rows(request("trio:base", 4, 0, 1, 7, 8));
        assertThat(base).isEqualTo(rows(request("text", 4, 0, 1, 7, 8)));
        ByteBuffer steered = rows(request("trio", 4, 0, 1, 7, 8));
        assertThat(steered.capacity()).isEqualTo(base.capacity());
        assertThat(steered).isNotEqualTo(base);
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpRequest request =
                server.request(path).header("Authorization", "Bearer two").build();
        HttpResponse<byte[]> response = server.client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        return TestServer.MAPPER.readTree(response.body());
    }

    @Test
    void tellsWhatItShares() throws Exception {
        JsonNode facts = get(PATH + "?model=text");
        assertThat(facts.get("version").intValue()).isEqualTo(1);
        assertThat(facts.get("vocabulary").intValue()).isEqualTo(SIZE);
        assertThat(facts.get("context").intValue()).isEqualTo(200);
        assertThat(facts.get("max_rows").intValue()).isEqualTo(32);
        assertThat(facts.has("rows_per_second")).isFalse();
        assertThat(facts.get("chat_template").asString()).startsWith("{{");
        assertThat(get(PATH + "?model=closed").at("/error/code").asString()).isEqualTo("rows_not_shared");
        List<String> shared = get("/v1/models").get("data").values().stream()
                .filter(entry -> entry.has("rows"))
                .map(entry -> entry.get("id").asString())
                .toList();
        assertThat(shared).containsExactly("text", "trio", "trio:base");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE"})
    void answersToGetAndPostAlone(String method) throws Exception {
        HttpRequest request = server.request(PATH)
                .header("Authorization", "Bearer two")
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<Void> response = server.client.send(request, HttpResponse.BodyHandlers.discarding());
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).hasValue("GET, HEAD, POST");
    }

    @Test
    void saysWhenAKeyHasHadItsRowsAndLetsTheOtherGoOn() throws Exception {
        server.close();
        server = start(new RowSharing(1), EngineOptions.DEFAULT);
        assertThat(get(PATH).get("rows_per_second").intValue()).isEqualTo(1);
        byte[] many = request("text", 4, 0, 32, new int[40]);
        assertThat(post("one", many).statusCode()).isEqualTo(200);
        HttpResponse<byte[]> refused = post("one", many);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(message(refused)).contains("has had its rows");
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(15, 23);
        assertThat(post("two", many).statusCode()).isEqualTo(200);
        assertThat(metrics())
                .contains("proxytune_shared_rows_total{model=\"text\"} 64.0")
                .contains("proxytune_requests_limited_total{model=\"text\"} 1.0");
    }

    private String metrics() throws IOException, InterruptedException {
        HttpRequest request =
                server.request("/metrics").header("Authorization", "Bearer two").build();
        return server.client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    @Test
    void countsAndLogsWhoGotHowMuch() throws Exception {
        int size = rows(request("text", 2, 0, 3, 7, 8, 9, 10)).capacity();
        assertThat(metrics())
                .contains("proxytune_shared_rows_total{model=\"text\"} 3.0")
                .contains("proxytune_shared_rows_bytes_total{model=\"text\"} " + (double) size)
                .contains("path=\"/proxytune/rows\"");
        TestServer.until(() -> log.stream().anyMatch(line -> line.contains("\"rows\":3")));
        assertThat(log)
                .anyMatch(line -> line.contains("\"key\":1,\"rows\":3,\"bytes\":" + size))
                .noneMatch(line -> line.contains("one"));
    }

    @Test
    void freesThePlaceOfAClientThatIsGone() throws Exception {
        server.close();
        server = start(new RowSharing(0), EngineOptions.DEFAULT.withSequences(1).withQueue(0));
        model.gate.drainPermits();
        try (Socket socket = server.raw(head(36))) {
            socket.getOutputStream().write(request("text", 4, 0, 1, 7, 8, 9));
            socket.getOutputStream().flush();
            TestServer.until(model.gate::hasQueuedThreads);
            HttpResponse<byte[]> second = post("two", request("text", 4, 0, 1, 7));
            assertThat(second.statusCode()).isEqualTo(429);
            assertThat(second.headers().firstValue("Retry-After")).hasValue("1");
        }
        // The news of the client's end travels beside the decode.
        Thread.sleep(200);
        model.gate.release(1_000_000);
        int status = 429;
        while (status == 429) {
            status = post("two", request("text", 4, 0, 1, 7)).statusCode();
        }
        assertThat(status).isEqualTo(200);
        assertThat(metrics()).contains("proxytune_shared_rows_total{model=\"text\"} 1.0");
    }

    private static String head(int length) {
        return "POST " + PATH + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer one\r\nContent-Length: " + length
                + "\r\n\r\n";
    }

    @Test
    void failsOneRequestAlone() throws Exception {
        assertThat(post("one", request("text", 4, 0, 1, 7, TextModel.NOTHING)).statusCode())
                .isEqualTo(500);
        assertThat(post("one", request("text", 4, 0, 1, 7, TextModel.FAILURE)).statusCode())
                .isEqualTo(500);
        assertThat(post("one", request("text", 4, 0, 1, 7, 8)).statusCode()).isEqualTo(200);
    }
}
