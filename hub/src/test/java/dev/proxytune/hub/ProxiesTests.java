package dev.proxytune.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTests {
    private static Proxies proxies(Map<String, String> variables) {
        return Proxies.of(name -> Optional.ofNullable(variables.get(name)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https://huggingface.co/x | true",
                "http://huggingface.co/x | false",
                "https://intern/x | false",
                "https://a.intern/x | false",
                "https://notintern/x | true",
                "https://b.example.org/x | false",
                "https://host:8443/x | false",
                "https://host:8444/x | true"
            })
    void obeysNoProxy(String address, boolean proxied) {
        Proxies proxies =
                proxies(Map.of("HTTPS_PROXY", "http://proxy:3128", "no_proxy", "intern, .example.org,host:8443"));
        Proxy proxy = proxies.select(URI.create(address)).getFirst();
        assertThat(proxy.type() == Proxy.Type.HTTP).isEqualTo(proxied);
        if (proxied) {
            assertThat(proxy.address().toString()).contains("proxy").contains("3128");
        }
    }

    @Test
    void usesOneProxyForAllWhereThatIsAsked() {
        Proxies proxies = proxies(Map.of("ALL_PROXY", "proxy:1", "NO_PROXY", "*"));
        assertThat(proxies.select(URI.create("http://a/"))).containsExactly(Proxy.NO_PROXY);
        assertThat(proxies(Map.of("ALL_PROXY", "proxy:1"))
                        .select(URI.create("http://a/"))
                        .getFirst()
                        .type())
                .isEqualTo(Proxy.Type.HTTP);
    }

    @Test
    void doesNotRepeatAPasswordThatItCannotRead() {
        assertThatThrownBy(() -> proxies(Map.of("HTTPS_PROXY", "socks5://user:secret@proxy")))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("secret");
    }

    @Test
    void fetchesThroughAProxyThatAsksForAUser(@TempDir Path home) throws IOException {
        var asked = new AtomicInteger();
        try (var bench = new Workbench(home)) {
            HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            proxy.createContext("/", exchange -> {
                try (exchange) {
                    if (exchange.getRequestHeaders().getFirst("Proxy-Authorization") == null) {
                        exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"proxy\"");
                        exchange.sendResponseHeaders(407, -1);
                        return;
                    }
                    asked.incrementAndGet();
                    byte[] text = "{}".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, text.length);
                    exchange.getResponseBody().write(text);
                }
            });
            proxy.start();
            bench.variables.put("HF_ENDPOINT", "http://hub.invalid");
            bench.variables.put(
                    "http_proxy",
                    "http://user:pass%40word@127.0.0.1:" + proxy.getAddress().getPort());
            assertThat(bench.client().readText(URI.create("http://hub.invalid/x"), 10))
                    .isEqualTo("{}");
            proxy.stop(0);
        }
        assertThat(asked).hasValue(1);
    }
}
