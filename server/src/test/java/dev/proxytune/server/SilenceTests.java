package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SilenceTests {
    private static boolean isEnded(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true;
        }
    }

    @Test
    void hangsUpOnWhoSaysNothing() throws Exception {
        var options = ServerOptions.DEFAULT.withReadTimeout(Duration.ofMillis(50));
        try (var server = new TestServer(EngineOptions.DEFAULT, options);
                var silent = server.raw("");
                var slow = server.raw("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")) {
            assertThat(isEnded(silent)).isTrue();
            TestServer.readUntil(slow.getInputStream(), "<end>");
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void answersOthersWhileThousandsSayNothing() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try (var server = new TestServer()) {
            for (int i = 0; i < 3000; i++) {
                silent.add(server.raw(i % 2 == 0 ? "" : "POST /v1/comp"));
                if (i % 500 == 0) {
                    assertThat(server.ask("/v1/completions", "{\"prompt\":\"hi\",\"temperature\":0}")
                                    .at("/choices/0/text")
                                    .asString())
                            .isEqualTo("hi");
                }
            }
            assertThat(isEnded(silent.getFirst())).isTrue();
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void hangsUpOnWhoAsksAndDoesNotListen() throws Exception {
        var options = ServerOptions.DEFAULT.withReadTimeout(Duration.ofMillis(200));
        String body = "{\"prompt\":\"*abc\",\"temperature\":0,\"max_tokens\":900,\"stream\":true,\"logprobs\":20,"
                + "\"n\":60}";
        try (var server = new TestServer(EngineOptions.DEFAULT, options);
                var deaf = server.raw(TestServer.wire("/v1/completions", body))) {
            TestServer.until(() -> {
                try {
                    // Nobody reads what comes for a request, but the end of it is told.
                    deaf.getOutputStream().write('x');
                    return false;
                } catch (IOException e) {
                    return true;
                }
            });
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
        }
    }
}
