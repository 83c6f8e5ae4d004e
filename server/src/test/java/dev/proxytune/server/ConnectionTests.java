package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionTests {
    private static final String BODY = "{\"prompt\":\"hello\",\"temperature\":0,\"stream\":%s}";

    private static String rest(Socket socket) throws Exception {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void endsWhenTheClientWishesIt() throws Exception {
        try (var server = new TestServer()) {
            for (String request : List.of(
                    "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    TestServer.wire("/v1/completions", BODY.formatted(false), "Connection: close"),
                    TestServer.wire("/v1/completions", BODY.formatted(true), "connection: Close"),
                    TestServer.wire("/v1/completions", "{\"prompt\":", "Connection: close"))) {
                try (Socket socket = server.raw(request)) {
                    assertThat(rest(socket)).startsWith("HTTP/1.1 ").containsIgnoringCase("connection: close");
                }
            }
        }
    }

    @Test
    void givesItsWholeAnswerToARefusedClientThatSendsMuch() throws Exception {
        var options = ServerOptions.DEFAULT.withApiKeys(List.of("secret"));
        try (var server = new TestServer(EngineOptions.DEFAULT, options)) {
            String body = "{\"prompt\":\"%s\"}".formatted("x".repeat(200_000));
            try (Socket socket = server.raw(TestServer.wire("/v1/completions", body, "Connection: close"))) {
                assertThat(rest(socket)).startsWith("HTTP/1.1 401").endsWith("}");
            }
        }
    }

    @Test
    void staysForTheNextRequest() throws Exception {
        String request = TestServer.wire("/v1/completions", BODY.formatted(true));
        try (var server = new TestServer();
                Socket socket = server.raw(request)) {
            assertThat(TestServer.readUntil(socket.getInputStream(), "0\r\n\r\n"))
                    .contains("[DONE]");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            assertThat(TestServer.readUntil(socket.getInputStream(), "0\r\n\r\n"))
                    .contains("[DONE]");
        }
    }
}
