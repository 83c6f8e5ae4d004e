package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that java.net.http is not: of HTTP/1.0, as nginx is unless told otherwise, of HEAD, half-closed ones. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OldClientTests {
    private static final String BODY = "{\"prompt\":\"hello ü\",\"temperature\":0,\"stream\":%s}";

    private TestServer server;

    @BeforeAll
    void start() {
        server = new TestServer(EngineOptions.DEFAULT, ServerOptions.DEFAULT.withBodyLimit(100_000));
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static String rest(Socket socket) throws Exception {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private String answer(String request) throws Exception {
        try (Socket socket = server.raw(request)) {
            return rest(socket);
        }
    }

    private static String old(String request) {
        return request.replace(" HTTP/1.1\r\n", " HTTP/1.0\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health HTTP/1.0\r\n\r\n",
                "GET /health HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nKeep-Alive: 300\r\n\r\n",
                "GET /health HTTP/1.0\r\nUser-Agent: ApacheBench/2.3\r\nHost: a:1\r\nConnection: close\r\n\r\n",
            })
    void answersClientsOfHttp10AndEndsTheirConnection(String request) throws Exception {
        assertThat(answer(request)).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n{\"status\":\"ok\"}");
    }

    @Test
    void answersWhatClientsOfHttp10Post() throws Exception {
        String request = old(TestServer.wire("/v1/completions", BODY.formatted(false), "Expect: 100-continue"));
        assertThat(answer(request)).startsWith("HTTP/1.1 200 ").contains("\"text\":\"hello ü\"");
        assertThat(answer(old(TestServer.wire("/v1/completions", "{", "A: b")))).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void streamsToClientsOfHttp10WithoutChunks() throws Exception {
        String reply = answer(old(TestServer.wire("/v1/completions", BODY.formatted(true))));
        String body = reply.substring(reply.indexOf("\r\n\r\n") + 4);
        assertThat(reply).startsWith("HTTP/1.1 200 ").doesNotContainIgnoringCase("transfer-encoding");
        assertThat(body).startsWith("data: {").endsWith("\n\ndata: [DONE]\n\n");
        assertThat(body.split("\n\n")).allMatch(event -> event.startsWith("data: "));
    }

    @Test
    void readsARequestOfHttp10ThatComesInPieces() throws Exception {
        try (Socket socket = server.raw("GET /hea")) {
            for (String piece : List.of("lth HTTP/1.", "0\r", "\nA: b\r\n", "\r\n")) {
                Thread.sleep(20);
                socket.getOutputStream().write(piece.getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(rest(socket)).startsWith("HTTP/1.1 200 ");
        }
    }

    @Test
    void answersHeadWithTheHeadThatGetHas() throws Exception {
        String first = "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n";
        String second = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assertThat(answer(first + second))
                .containsSubsequence("HTTP/1.1 200 ", "Content-Length: 15\r\n", "\r\n\r\nHTTP/1.1 200 ")
                .containsOnlyOnce("{\"status\"");
        assertThat(answer("HEAD / HTTP/1.0\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("\r\n\r\n");
        assertThat(answer("HEAD /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ")
                .endsWith("\r\n\r\n");
        assertThat(answer("HEAD /v1/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("Allow: POST\r\n");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void answersAClientThatShutsItsSideAfterTheRequest(boolean stream) throws Exception {
        try (var slow = new TestServer()) {
            slow.echo.gate.drainPermits();
            try (Socket socket = slow.raw(TestServer.wire("/v1/completions", BODY.formatted(stream)))) {
                socket.shutdownOutput();
                // Some beats go by that would find out a client that has gone.
                Thread.sleep(150);
                slow.echo.gate.release(1_000_000);
                assertThat(rest(socket)).contains("HTTP/1.1 200 ", "ü\"", stream ? "[DONE]" : "\"usage\"");
            }
        }
    }

    @Test
    void readsCompressedBodies() throws Exception {
        byte[] body = zipped(BODY.formatted(false).getBytes(StandardCharsets.UTF_8));
        assertThat(post(body, "gzip")).startsWith("HTTP/1.1 200 ").contains("\"text\":\"hello ü\"");
        assertThat(post(body, "br")).startsWith("HTTP/1.1 415 ").contains("Unsupported content encoding");
        assertThat(post("{}".getBytes(StandardCharsets.UTF_8), "gzip")).startsWith("HTTP/1.1 400 ");
        assertThat(post(Arrays.copyOf(body, body.length - 12), "gzip")).startsWith("HTTP/1.1 400 ");
        assertThat(post(zipped(new byte[10_000_000]), "gzip")).startsWith("HTTP/1.1 413 ");
    }

    private static byte[] zipped(byte[] body) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(body);
        }
        return bytes.toByteArray();
    }

    private String post(byte[] body, String encoding) throws Exception {
        String head = "POST /v1/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: " + encoding
                + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        try (Socket socket = server.raw(head)) {
            socket.getOutputStream().write(body);
            return rest(socket);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n9\r\n{}",
                "Content-Length: 9\r\n\r\n{}",
                "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                "Content-Length: nine\r\n\r\n{}",
            })
    void refusesBrokenBodiesAndEndsTheirConnection(String rest) throws Exception {
        try (Socket socket = server.raw("POST /v1/completions HTTP/1.1\r\nHost: a\r\n" + rest)) {
            socket.shutdownOutput();
            assertThat(rest(socket))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("Connection: close", "\"invalid_request_error\"")
                    .doesNotContain("null\",")
                    .containsOnlyOnce("HTTP/1.1");
        }
    }

    @Test
    void saysWhatIsWrongWithARequestThatCannotBeRead() throws Exception {
        assertThat(answer("GET /health HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("Host");
        assertThat(answer("GET /health HTTP/1.1\nHost: a\n\n")).startsWith("HTTP/1.1 400 ");
        assertThat(answer("GET /health HTTP/1.1\r\nHost: a\r\nA: " + "b".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n")
                .contains("Header size exceeded");
    }

    @Test
    void givesItsWholeAnswerToAClientThatSendsTooMuch() throws Exception {
        String request = TestServer.wire("/v1/completions", "x".repeat(20_000_000));
        try (Socket socket = server.raw(request)) {
            assertThat(rest(socket)).startsWith("HTTP/1.1 413 ").endsWith("}").containsOnlyOnce("HTTP/1.1");
        }
    }
}
