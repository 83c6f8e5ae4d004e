package dev.proxytune.cli;

import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.ServedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Serve models over HTTP. */
@Command(
        name = "serve",
        sortOptions = false,
        description = "Serve models, or targets steered by experts, to clients that speak OpenAI's protocol.",
        customSynopsis = {
            "proxytune serve [MODEL...] [--config FILE] [OPTION...]",
            "proxytune serve [--target MODEL [--expert MODEL --anti-expert MODEL] | --trio NAME]",
            "                [OPTION...]"
        },
        footer = {
            "",
            "Without a model it serves the models that come with the project. A trio answers as NAME, its target",
            "alone as NAME:base, its expert alone as NAME:expert. Standard output gets one line, the address.",
            "SIGTERM and Ctrl-C let answers end; a second signal does not wait for them."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class ServeCommand implements Callable<Integer> {
    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "MODEL",
            description =
                    "A trio of the catalogue, a GGUF file, or a model of the Hugging Face hub. Any number of them.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "More models, from a file in YAML or JSON; the other options count for those that do not say"
                    + " otherwise.")
    private @Nullable Path config;

    @Mixin(name = "Models")
    private ModelMixin models;

    @Option(names = "--name", paramLabel = "NAME", description = "What clients call the model.")
    private @Nullable String name;

    @Mixin(name = "Server")
    private ServerMixin server;

    @Mixin(name = "Answers")
    private EngineMixin engine;

    @Mixin(name = "Sharing logits")
    private LogitsMixin logits;

    @Mixin(name = "Speculation")
    private SpeculationMixin speculation;

    @Mixin(name = "Prompt formats")
    private FormatMixin formats;

    @Mixin(name = "Memory, threads and devices")
    private DeviceMixin device;

    @Mixin(name = "Help")
    private HelpMixin help;

    ServeCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() throws InterruptedException {
        var options = server.options(console);
        // What is wrong with them is wrong whatever is served.
        engine.options(device.contextSize());
        List<ServedModel> served = served();
        Usage.require(
                !options.apiKeys().isEmpty()
                        || served.stream().allMatch(model -> model.sharing().isEmpty()),
                command,
                "--expose-logits needs keys, or anybody could take the model away row by row: give --api-key-file");
        Duration patience = server.patience();
        var stop = new CountDownLatch(1);
        try (var running = ModelServer.start(served, EngineOptions.DEFAULT, new LlamaGrammars(), options);
                var _ = Interrupts.handle(
                        _ -> stop.countDown(), StopSignal.INTERRUPT, StopSignal.TERMINATE, StopSignal.HANG_UP)) {
            console.print("listening on " + running.address() + "\n");
            running.awaitModels();
            console.say("proxytune: "
                    + served.stream().map(ServedModel::name).collect(Collectors.joining(", "))
                    + (served.size() == 1 ? " is ready" : " are ready"));
            stop.await();
            console.say("proxytune: stopping; answers under way have " + patience.toSeconds() + " s to end");
            running.drain(patience);
        }
        return ExitCodes.OK;
    }

    private List<ServedModel> served() {
        boolean alone = names.isEmpty() && config == null;
        Usage.require(
                name == null || alone || !models.isEmpty() || !Usage.isGiven(command, "--name"),
                command,
                "--name is for the model of --target or --trio; a file of models names its own");
        var mixins = new ServedMixins(command, models, engine, logits, speculation, formats, device);
        String called = name == null ? "" : name;
        List<ServedModel> all = new ArrayList<>();
        if (!models.isEmpty()) {
            all.add(mixins.named(called, console, loader));
        }
        names.forEach(each -> all.add(ServedEntry.served(each, option(each), command, console, loader)));
        if (config != null) {
            ServeFile.read(config, console)
                    .forEach(entry ->
                            all.add(ServedEntry.served(entry.place(), entry.options(), command, console, loader)));
        }
        if (all.isEmpty()) {
            all.add(mixins.family(called, console, loader));
        }
        requireDifferentNames(all);
        return all;
    }

    /** Return the option that a model's name stands for. */
    private static List<String> option(String name) {
        boolean model = name.contains("/") || name.endsWith(".gguf") || Files.exists(Path.of(name));
        return List.of((model ? "--target=" : "--trio=") + name);
    }

    private void requireDifferentNames(List<ServedModel> all) {
        Set<String> taken = new HashSet<>();
        for (ServedModel model : all) {
            for (String each : model.names()) {
                Usage.require(
                        taken.add(each), command, "Two models are called " + each + ": give one another name (--name)");
            }
        }
    }
}
