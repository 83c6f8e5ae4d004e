package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RpcServersTests {
    private static final int HELLO_LENGTH = 1 + 8 + 24;

    @TempDir
    private Path folder;

    private void load(int port) {
        var options = TestModels.OPTIONS.withRpcServers(List.of("127.0.0.1:" + port));
        LlamaModel.load(TestModels.synthetic(folder, 1), options).close();
    }

    /** Answer the first connection with bytes once it has sent a greeting, or a part of one. */
    private static Thread answer(ServerSocket listener, int... bytes) {
        return Thread.ofVirtual().start(() -> {
            try (var socket = listener.accept()) {
                socket.getInputStream().readNBytes(HELLO_LENGTH);
                for (int value : bytes) {
                    socket.getOutputStream().write(value);
                }
            } catch (IOException e) {
                // The client has gone.
            }
        });
    }

    private static ServerSocket listener() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "host:", ":1", "host:x", "host:70000", "a b:1", "host:1:2", "host:123456"})
    void refusesWhatIsNoAddress(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ModelOptions.DEFAULT.withRpcServers(List.of(address)))
                .withMessageContaining("host:port");
    }

    @Test
    void doesNotLetLlamaCppConnectToNobody() throws IOException {
        int port;
        try (var listener = listener()) {
            port = listener.getLocalPort();
        }
        assertThatThrownBy(() -> load(port))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("127.0.0.1:" + port + " cannot be reached");
    }

    @Test
    void refusesAServerOfAnotherVersion() throws Exception {
        try (var listener = listener()) {
            Thread server = answer(listener, 28, 0, 0, 0, 0, 0, 0, 0, 6, 1, 0, 0);
            assertThatThrownBy(() -> load(listener.getLocalPort()))
                    .isInstanceOf(ProxyTuneException.class)
                    .hasMessageContaining("protocol 6.1, expected 7.0");
            server.join();
        }
    }

    @Test
    void refusesWhatIsNoRpcServer() throws Exception {
        try (var listener = listener()) {
            Thread server = answer(listener, "HTTP/1.1 400 Bad Request".chars().toArray());
            assertThatThrownBy(() -> load(listener.getLocalPort())).isInstanceOf(ProxyTuneException.class);
            server.join();
        }
    }

    @Test
    void refusesAServerThatHangsUp() throws Exception {
        try (var listener = listener()) {
            Thread server = answer(listener, 28, 0);
            assertThatThrownBy(() -> load(listener.getLocalPort()))
                    .isInstanceOf(ProxyTuneException.class)
                    .hasMessageContaining("cannot be reached");
            server.join();
        }
    }
}
