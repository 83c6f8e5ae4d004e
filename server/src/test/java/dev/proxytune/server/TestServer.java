package dev.proxytune.server;

import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.openai.JsonGrammars;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server on a free port with a single model and a trio, and a client. */
final class TestServer implements AutoCloseable {
    static final JsonMapper MAPPER = JsonMapper.builder().build();

    final EchoModel echo = new EchoModel("", 1000);
    final EchoModel target = new EchoModel("", 1000);
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final ModelServer server;

    TestServer() {
        this(EngineOptions.DEFAULT, ServerOptions.DEFAULT);
    }

    TestServer(EngineOptions engine, ServerOptions options) {
        ServedModel single = ServedModel.single("echo", () -> new LoadedModel(echo, PromptFormats.auto(echo)));
        ServedModel trio = ServedModel.trio("trio", true, Steering.DEFAULT, this::trio);
        server = ModelServer.start(List.of(single, trio), engine, new Grammars(), options.withAddress("127.0.0.1", 0));
        server.awaitModels();
    }

    TestServer(List<ServedModel> models) {
        this(models, EngineOptions.DEFAULT, ServerOptions.DEFAULT);
    }

    TestServer(List<ServedModel> models, EngineOptions engine, ServerOptions options) {
        server = ModelServer.start(models, engine, new Grammars(), options.withAddress("127.0.0.1", 0));
        server.awaitModels();
    }

    private LoadedModel trio() {
        var model = ProxyTunedModel.of(target, new EchoModel("I say: ", 1000), new EchoModel("", 1000));
        return new LoadedModel(model, PromptFormats.auto(model));
    }

    record Grammars() implements JsonGrammars {

        @Override
        public String anyObject() {
            return "root ::= \"{}\"";
        }

        @Override
        public String of(Object schema) {
            return "root ::= \"{}\"";
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address() + path));
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return post(path, body.getBytes(StandardCharsets.UTF_8));
    }

    HttpResponse<String> post(String path, byte[] body) throws IOException, InterruptedException {
        HttpRequest.BodyPublisher publisher = HttpRequest.BodyPublishers.ofByteArray(body);
        return client.send(request(path).POST(publisher).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Post what must succeed. */
    JsonNode ask(String path, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        return MAPPER.readTree(response.body());
    }

    /** Send bytes as they are, on a connection of their own. */
    Socket raw(String text) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return socket;
    }

    /** Return a request as it goes over the line. */
    static String wire(String path, String body, String... headers) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n"
                + List.of(headers).stream().map(header -> header + "\r\n").collect(Collectors.joining()) + "\r\n"
                + body;
    }

    static String readUntil(InputStream in, String end) throws IOException {
        var text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int read = in.read();
            if (read < 0) {
                return text + "<end>";
            }
            text.append((char) read);
        }
        return text.toString();
    }

    /** Wait for something that another thread brings about. */
    static void until(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 20_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(1);
        }
        if (!condition.getAsBoolean()) {
            throw new AssertionError("It has not come true in 20 seconds");
        }
    }

    @Override
    public void close() {
        echo.gate.release(1_000_000);
        target.gate.release(1_000_000);
        client.shutdownNow();
        server.close();
    }
}
