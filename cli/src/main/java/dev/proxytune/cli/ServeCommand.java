package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.ServedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serve models over HTTP. */
@Command(
        name = "serve",
        sortOptions = false,
        description = "Serve a model, or a target steered by experts, to clients that speak OpenAI's protocol.",
        customSynopsis = {
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
    private static final String FAMILY = "proxytune-family";

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private ModelMixin models;

    @Option(names = "--name", paramLabel = "NAME", description = "What clients call the model.")
    private @Nullable String name;

    @Mixin(name = "Server")
    private ServerMixin server;

    @Mixin(name = "Answers")
    private EngineMixin engine;

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
        ServedModel model = model();
        var options = server.options(console);
        var size = engine.options(device.contextSize());
        Duration patience = server.patience();
        var stop = new CountDownLatch(1);
        try (var running = ModelServer.start(List.of(model), size, new LlamaGrammars(), options);
                var _ = Interrupts.handle(
                        _ -> stop.countDown(), StopSignal.INTERRUPT, StopSignal.TERMINATE, StopSignal.HANG_UP)) {
            console.print("listening on " + running.address() + "\n");
            running.awaitModels();
            console.say("proxytune: " + model.name() + " is ready");
            stop.await();
            console.say("proxytune: stopping; answers under way have " + patience.toSeconds() + " s to end");
            running.drain(patience);
        }
        return ExitCodes.OK;
    }

    private ServedModel model() {
        boolean own = models.isEmpty();
        ModelPlan plan = own ? family() : models.plan(console);
        Steering steering = models.steering(plan.pairs().size());
        Map<Role, ModelOptions> options = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            ModelOptions chosen = device.options(role);
            // Models as small as those gain nothing from more.
            options.put(role, own && !device.hasThreads() ? chosen.withThreads(1) : chosen);
        }
        formats.suggest(models.trioFormats());
        formats.check(plan);
        plan.requireFiles();
        ModelPlan located = plan.located(new ModelFiles(console));
        located.requireFiles();
        return engine.served(offer(own, located, steering, options));
    }

    private ServedModel offer(boolean own, ModelPlan plan, Steering steering, Map<Role, ModelOptions> options) {
        String called = name != null ? name : own ? FAMILY : models.name().replaceAll("\\s+", "-");
        FormatChoice otherwise = own ? new FormatChoice.Plain() : new FormatChoice.Auto();
        return Usage.value(command, "--name", () -> {
            if (plan.pairs().isEmpty()) {
                return ServedModel.single(called, () -> open(plan, options, otherwise));
            }
            boolean expert = plan.pairs().getFirst().expert().isPresent();
            return ServedModel.trio(called, expert, steering, () -> open(plan, options, otherwise))
                    .withExamples(own ? DemoCommand.QUESTIONS : List.of());
        });
    }

    private ModelPlan family() {
        Path home = FamilyMixin.home()
                .orElseThrow(() -> Usage.wrong(
                        command,
                        "Missing required option: '--target=<MODEL>', or --trio=<NAME>; only ./proxytune knows where"
                                + " the project's own models are"));
        return FamilyMixin.plan(home.resolve("models"));
    }

    private LoadedModel open(ModelPlan plan, Map<Role, ModelOptions> options, FormatChoice otherwise) {
        LanguageModel model = ModelOpener.open(plan, loader, role -> Objects.requireNonNull(options.get(role)));
        try {
            return new LoadedModel(model, formats.formats(model, otherwise, otherwise));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }
}
