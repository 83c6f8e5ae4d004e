package dev.proxytune.cli;

import dev.proxytune.remote.AccessKey;
import dev.proxytune.remote.Precision;
import dev.proxytune.remote.Protocol;
import dev.proxytune.remote.RemoteModel;
import dev.proxytune.remote.RemoteOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for a target that a server runs. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RemoteMixin {
    private static final List<String> OPTIONS = List.of(
            "--remote",
            "--remote-model",
            "--remote-tokenizer",
            "--remote-top",
            "--remote-precision",
            "--remote-timeout",
            "--remote-retries",
            "--remote-parallel");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--remote",
            paramLabel = "KIND",
            description = "What a server that --target names is: vllm, llama-server, proxytune or openai; found out by"
                    + " default."
                    + " Its key, if it needs one, is taken from PROXYTUNE_REMOTE_KEY.")
    private @Nullable String protocol;

    @Option(
            names = "--remote-model",
            paramLabel = "NAME",
            description = "What the server calls the model; the first that it lists by default.")
    private @Nullable String model;

    @Option(
            names = "--remote-tokenizer",
            paramLabel = "MODEL",
            description = "A GGUF file, a reference or a tokenizer.json with the served model's vocabulary; that of the"
                    + " first expert by default. No weights are loaded. A server that does not tell its tokens is taken"
                    + " at your word then.")
    private @Nullable Path tokenizer;

    @Option(
            names = "--remote-top",
            paramLabel = "N",
            defaultValue = "-1",
            description = "How many of the likeliest tokens to ask the server for; 0 for all, -1, the default, for all"
                    + " of a small vocabulary, or of a proxytune server, and 2000 of a large one.")
    private int top;

    @Option(
            names = "--remote-precision",
            paramLabel = "f16|f32",
            description =
                    "How exactly a proxytune server tells the values of rows; f32 by default, f16 for whole rows of"
                            + " a large vocabulary.")
    private @Nullable String precision;

    @Option(
            names = "--remote-timeout",
            paramLabel = "SECONDS",
            defaultValue = "300",
            description = "How long a request may take; ${DEFAULT-VALUE} by default.")
    private int timeout;

    @Option(
            names = "--remote-retries",
            paramLabel = "N",
            defaultValue = "5",
            description = "How often a request that fails in passing is made again; ${DEFAULT-VALUE} by default.")
    private int retries;

    @Option(
            names = "--remote-parallel",
            paramLabel = "N",
            defaultValue = "8",
            description = "The most requests at the same time; ${DEFAULT-VALUE} by default.")
    private int parallel;

    /** Return whether a target's name is the address of a server. */
    static boolean isAddress(String target) {
        return target.regionMatches(true, 0, "http://", 0, 7) || target.regionMatches(true, 0, "https://", 0, 8);
    }

    /** Return what the served model is called, for want of a file. */
    String name() {
        return model == null ? "model" : model;
    }

    /** Refuse the options that say something of a server where there is none. */
    void refuse() {
        for (String option : OPTIONS) {
            Usage.require(
                    !Usage.isGiven(command, option),
                    command,
                    option + " is about a server, and --target names none: give its address, such as http://host:8000");
        }
    }

    /** Return the file that the vocabulary is read from. */
    Path vocabulary(List<Path> experts) {
        if (tokenizer != null) {
            return tokenizer;
        }
        Usage.require(
                !experts.isEmpty(),
                command,
                "A server's target needs its vocabulary: give --remote-tokenizer, or an expert that shares it");
        return experts.getFirst();
    }

    ModelPlan.Server server(String target, Console console) {
        URI address = Usage.value(command, "--target", () -> RemoteModel.checked(target));
        Optional<Protocol> kind =
                Optional.ofNullable(protocol).map(name -> Usage.value(command, "--remote", () -> Protocol.named(name)));
        RemoteOptions options = RemoteOptions.DEFAULT
                .withProtocol(kind)
                .withModel(Optional.ofNullable(model))
                .withKey(AccessKey.find(environment(console), address, kind))
                .withTrusted(tokenizer != null);
        RemoteOptions topped = Usage.value(command, "--remote-top", () -> options.withTop(top));
        Optional<Precision> exactly = Optional.ofNullable(precision)
                .map(name -> Usage.value(command, "--remote-precision", () -> Precision.named(name)));
        RemoteOptions timed = Usage.value(
                command,
                "--remote-timeout",
                () -> topped.withPrecision(exactly).withTimeout(Duration.ofSeconds(timeout)));
        RemoteOptions tried = Usage.value(command, "--remote-retries", () -> timed.withRetries(retries));
        RemoteOptions bounded = Usage.value(command, "--remote-parallel", () -> tried.withParallel(parallel));
        return new ModelPlan.Server(address, bounded);
    }

    private static Map<String, String> environment(Console console) {
        Map<String, String> environment = new HashMap<>();
        for (String name : AccessKey.VARIABLES) {
            console.variable(name).ifPresent(value -> environment.put(name, value));
        }
        return environment;
    }
}
