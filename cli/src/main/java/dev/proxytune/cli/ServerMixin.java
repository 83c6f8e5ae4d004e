package dev.proxytune.cli;

import dev.proxytune.server.ServerOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for where a server listens, and whom it lets in. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ServerMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Where to listen; ${DEFAULT-VALUE}, the default, for this machine alone, 0.0.0.0 for all.")
    private String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The port, ${DEFAULT-VALUE} by default; 0 for a free one.")
    private int port;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "Keys, one a line, of which requests must bring one ('Authorization: Bearer KEY').")
    private @Nullable Path keyFile;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            description = "Let pages of this origin ask from within a browser; * for any.")
    private @Nullable String corsOrigin;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "The server's certificate, in PEM, for HTTPS.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key, in PEM.")
    private @Nullable Path key;

    @Option(
            names = "--body-limit",
            paramLabel = "BYTES",
            defaultValue = "8388608",
            description = "The most bytes of a request; ${DEFAULT-VALUE} by default.")
    private long bodyLimit;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long answers may take to end when the server stops; ${DEFAULT-VALUE} by default.")
    private int drain;

    @Option(
            names = "--access-log",
            description = "Write a line of JSON for each request to standard error, without its texts.")
    private boolean accessLog;

    ServerOptions options(Console console) {
        Usage.require(
                (certificate == null) == (key == null), command, "--tls-cert and --tls-key need each other: give both");
        ServerOptions options =
                Usage.value(command, "--host, --port", () -> ServerOptions.DEFAULT.withAddress(host, port));
        ServerOptions limited = Usage.value(command, "--body-limit", () -> options.withBodyLimit(bodyLimit));
        if (keyFile != null) {
            limited = limited.withApiKeys(keys(keyFile, console));
        }
        if (corsOrigin != null) {
            limited = limited.withCorsOrigin(corsOrigin);
        }
        if (certificate != null) {
            limited = limited.withTls(new ServerOptions.Tls(certificate, Objects.requireNonNull(key)));
        }
        return accessLog ? limited.withLog(console::say) : limited;
    }

    private List<String> keys(Path file, Console console) {
        List<String> keys = Inputs.text(file, "keys", console)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        Usage.require(!keys.isEmpty(), command, "--api-key-file: there is no key in " + file);
        return keys;
    }

    /** Return how long to wait for answers when the server stops. */
    Duration patience() {
        Usage.require(drain >= 0, command, "--drain must be 0 or more, got: " + drain);
        return Duration.ofSeconds(drain);
    }
}
