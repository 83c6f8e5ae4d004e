package dev.proxytune.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Choose where a server listens, and what it lets in.
 *
 * @param host the address, {@code 127.0.0.1} for this machine alone
 * @param port the port, 0 for a free one
 * @param tls the certificate and its key, for HTTPS
 * @param apiKeys keys of which a request must bring one, none to let all in
 * @param corsOrigin the origin whose pages may ask from within a browser, {@code *} for any
 * @param bodyLimit the most bytes of a request's body
 * @param heartbeat how long a stream may be silent before it gets a comment, lest someone on the way give it up
 * @param readTimeout how long the next bytes of a request may take
 * @param log gets a line of JSON for each request, without its texts
 */
public record ServerOptions(
        String host,
        int port,
        Optional<Tls> tls,
        List<String> apiKeys,
        Optional<String> corsOrigin,
        long bodyLimit,
        Duration heartbeat,
        Duration readTimeout,
        Optional<Consumer<String>> log) {

    /** This machine alone, port 8080, 8 MiB. */
    public static final ServerOptions DEFAULT = new ServerOptions(
            "127.0.0.1",
            8080,
            Optional.empty(),
            List.of(),
            Optional.empty(),
            8 << 20,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Optional.empty());

    /**
     * Name the files of a server's identity.
     *
     * @param certificate the certificate and those above it, in PEM
     * @param key its private key in PKCS #8, in PEM
     */
    public record Tls(Path certificate, Path key) {}

    public ServerOptions {
        require(!host.isEmpty(), "the host must not be empty", host);
        require(port >= 0 && port < 65536, "the port must be from 0 to 65535", port);
        apiKeys = List.copyOf(apiKeys);
        require(apiKeys.stream().noneMatch(String::isBlank), "an API key must not be blank", "one that is");
        require(bodyLimit > 0, "the most bytes of a body must be 1 or more", bodyLimit);
        require(heartbeat.isPositive(), "the time between heartbeats must be positive", heartbeat);
        require(readTimeout.isPositive(), "the time to wait for a request must be positive", readTimeout);
    }

    private static void require(boolean holds, String message, Object found) {
        if (!holds) {
            throw new IllegalArgumentException(message + ", got: " + found);
        }
    }

    /** Listen elsewhere. */
    public ServerOptions withAddress(String newHost, int newPort) {
        return new ServerOptions(newHost, newPort, tls, apiKeys, corsOrigin, bodyLimit, heartbeat, readTimeout, log);
    }

    public ServerOptions withTls(Tls value) {
        return new ServerOptions(
                host, port, Optional.of(value), apiKeys, corsOrigin, bodyLimit, heartbeat, readTimeout, log);
    }

    public ServerOptions withApiKeys(List<String> value) {
        return new ServerOptions(host, port, tls, value, corsOrigin, bodyLimit, heartbeat, readTimeout, log);
    }

    public ServerOptions withCorsOrigin(String value) {
        return new ServerOptions(host, port, tls, apiKeys, Optional.of(value), bodyLimit, heartbeat, readTimeout, log);
    }

    public ServerOptions withBodyLimit(long value) {
        return new ServerOptions(host, port, tls, apiKeys, corsOrigin, value, heartbeat, readTimeout, log);
    }

    public ServerOptions withHeartbeat(Duration value) {
        return new ServerOptions(host, port, tls, apiKeys, corsOrigin, bodyLimit, value, readTimeout, log);
    }

    public ServerOptions withReadTimeout(Duration value) {
        return new ServerOptions(host, port, tls, apiKeys, corsOrigin, bodyLimit, heartbeat, value, log);
    }

    public ServerOptions withLog(Consumer<String> value) {
        return new ServerOptions(
                host, port, tls, apiKeys, corsOrigin, bodyLimit, heartbeat, readTimeout, Optional.of(value));
    }
}
