package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Sampling;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.ModelOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Talk with a target alone or with expert pairs. */
@Command(
        name = "chat",
        sortOptions = false,
        description = "Talk with a target model, steered by experts; if none is named, with the project's own.",
        customSynopsis = {
            "proxytune chat [--target MODEL [--expert MODEL --anti-expert MODEL] | --trio NAME]",
            "               [-p TEXT] [OPTION...]"
        },
        footer = {
            "",
            "Standard output gets the answers, standard error all else. Commands such as /alpha 0.7 and",
            "/compare change and try things while you talk; /help lists them. Ctrl-C stops an answer, at the",
            "prompt it ends the chat. Without -c the context holds 4096 tokens, or as many as the models allow."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ChatCommand implements Callable<Integer> {
    /** Few talk longer, and a model's whole context may not fit into memory. */
    private static final int CONTEXT = 4096;

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private ModelMixin models;

    @Mixin(name = "Conversation")
    private ChatOptions options;

    @Mixin(name = "Prompt formats")
    private FormatMixin formats;

    @Mixin(name = "Sampling and length")
    private SamplingMixin sampling;

    @Mixin(name = "Speed")
    private SpeculationMixin speed;

    @Mixin(name = "Memory, threads and devices")
    private DeviceMixin device;

    @Mixin(name = "Help")
    private HelpMixin help;

    ChatCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        Optional<String> first = options.prompt();
        Map<Role, ModelOptions> modelOptions = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            ModelOptions wanted = device.options(role);
            // The project's own models are too small to gain from more.
            modelOptions.put(role, models.isEmpty() && wanted.threads() == 0 ? wanted.withThreads(1) : wanted);
        }
        Sampling drawn = sampling.sampling();
        int predict = sampling.predict() < 0 ? Integer.MAX_VALUE : sampling.predict();
        List<String> stops = sampling.stops(true);
        Speculation speculation = speed.speculation();
        ModelPlan named = plan();
        List<Float> alphas = alphas(named.pairs().size());
        formats.suggest(models.trioFormats());
        formats.check(named);
        named.requireFiles();
        ModelPlan plan = models.isEmpty() ? named : named.located(new ModelFiles(console));
        plan.requireFiles();
        try (LanguageModel model =
                ModelOpener.open(plan, loader, role -> Objects.requireNonNull(modelOptions.get(role)))) {
            checkLogitBias(drawn, model.vocabulary().size());
            PromptFormats read = formats.formats(model, new FormatChoice.Auto(), new FormatChoice.Auto());
            var settings = new ChatSettings(alphas, drawn, predict, stops, options.until, options.trace);
            int length = device.contextLength(CONTEXT, 0, model.contextLength());
            try (var chat = new ChatModels(model, read, length, speculation);
                    ChatInput input = input()) {
                return talk(plan, chat, input, settings, first);
            }
        }
    }

    private ModelPlan plan() {
        if (models.isEmpty()) {
            return options.family();
        }
        options.refuseFolder();
        return models.plan(console);
    }

    private List<Float> alphas(int pairs) {
        Steering steering = models.steering(pairs);
        return IntStream.range(0, pairs)
                .mapToObj(pair -> steering.weight(pair, 0))
                .toList();
    }

    private void checkLogitBias(Sampling drawn, int tokens) {
        for (int id : drawn.logitBias().keySet()) {
            Usage.require(
                    id < tokens, command, "--logit-bias: the target has token ids below " + tokens + ", got: " + id);
        }
    }

    private int talk(ModelPlan plan, ChatModels chat, ChatInput input, ChatSettings settings, Optional<String> first) {
        boolean colored = options.color.isOn(console);
        var transcript = new Transcript();
        transcript.setSystem(formats.system());
        var session = new ChatSession(console, chat, transcript, settings, colored, help.isVerbose(), options.forget);
        if (console.terminals().in()) {
            console.say(greeting(plan, settings));
        }
        if (sampling.isSeedChosen()) {
            console.say("seed " + settings.sampling().seed());
        }
        if (settings.trace() && colored) {
            console.say(TraceColors.legend());
        }
        return new ChatLoop(console, input, session, colored).run(first);
    }

    private static String greeting(ModelPlan plan, ChatSettings settings) {
        String target = plan.target().file().getFileName().toString();
        String steered = plan.pairs().isEmpty()
                ? ""
                : " steered by "
                        + plan.pairs().stream()
                                .map(pair -> name(pair.expert()) + " − " + name(pair.antiExpert()))
                                .collect(Collectors.joining(", "))
                        + ", α = " + settings.alphaText();
        return target + steered + "; /help lists commands, Ctrl-D ends";
    }

    private static String name(Optional<ModelPlan.Part> part) {
        return part.map(known -> known.adapter().map(ModelPlan.Adapter::file).orElse(known.file()))
                .map(file -> file.getFileName().toString())
                .orElse("target");
    }

    /** Return where questions come from: a terminal with line editing if there is one. */
    private ChatInput input() {
        Terminals terminals = console.terminals();
        if (!terminals.in()
                || !terminals.err()
                || console.variable("TERM").filter(type -> !type.equals("dumb")).isEmpty()) {
            return new PlainInput(console);
        }
        try {
            return TerminalInput.open(options.noHistory ? Optional.empty() : history());
        } catch (IOException | RuntimeException e) {
            console.say("Lines cannot be edited on this terminal: " + e.getMessage());
            return new PlainInput(console);
        }
    }

    private Optional<Path> history() {
        Path file = HistoryFile.place(console);
        try {
            HistoryFile.prepare(file);
            return Optional.of(file);
        } catch (IOException e) {
            console.say("What is typed is not kept: " + file + " cannot be written; --no-history says so beforehand");
            return Optional.empty();
        }
    }
}
