package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.FinishReason;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.GuessCounts;
import dev.proxytune.LanguageModel;
import dev.proxytune.OverlapCounts;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.Report;
import dev.proxytune.Sampling;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import dev.proxytune.Truncation;
import dev.proxytune.llama.ModelOptions;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Generate one answer with a target alone or with expert pairs. */
@Command(
        name = "generate",
        sortOptions = false,
        description = "Generate an answer with a target model, steered by experts.",
        customSynopsis = {
            "proxytune generate --target MODEL [--expert MODEL --anti-expert MODEL]",
            "                   [-p TEXT | -f FILE] [OPTION...]"
        },
        footer = {
            "",
            "Standard output gets the answer and nothing else, to the byte; a line end after it only on a",
            "terminal. Each option can come from the environment too: PROXYTUNE_THREADS for --threads.",
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 ended by Ctrl-C."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GenerateCommand implements Callable<Integer> {
    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private ModelMixin models;

    @Mixin(name = "Prompts")
    private PromptMixin prompts;

    @Mixin(name = "Prompt formats")
    private FormatMixin formats;

    @Mixin(name = "Sampling and length")
    private SamplingMixin sampling;

    @Mixin(name = "Speed")
    private SpeculationMixin speed;

    @Mixin(name = "Grammar")
    private GrammarMixin grammars;

    @Mixin(name = "Output")
    private OutputMixin output;

    @Mixin(name = "Memory, threads and devices")
    private DeviceMixin device;

    @Mixin(name = "Help")
    private HelpMixin help;

    GenerateCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    /** Hold what the options ask for, checked as far as that goes without a model. */
    private record Job(
            ModelPlan plan,
            Map<Role, ModelOptions> options,
            Steering steering,
            Sampling sampling,
            int predict,
            List<String> stops,
            Speculation speculation,
            Report report,
            Optional<String> grammar,
            PromptText prompt) {}

    @Override
    public Integer call() {
        Job job = job();
        long start = System.nanoTime();
        try (LanguageModel model = ModelOpener.open(
                job.plan(), loader, role -> Objects.requireNonNull(job.options().get(role)))) {
            Prompt prompt = model.tokenize(formats.apply(model, job.prompt()));
            checkLogitBias(job.sampling(), model.vocabulary().size());
            GenerationRequest request = request(job, prompt, model);
            int length = device.contextLength(prompt.longest(), job.predict(), model.contextLength());
            var options = DecoderOptions.DEFAULT.withContextLength(length);
            try (var generator = Generator.open(model, options, job.speculation())) {
                Duration loadTime = Duration.ofNanos(System.nanoTime() - start);
                GenerationResult result = generate(generator, request, job, loadTime);
                boolean cancelled = result.completion().finishReason() == FinishReason.CANCELLED;
                return cancelled ? ExitCodes.INTERRUPTED : ExitCodes.OK;
            }
        }
    }

    /** Check everything and read the prompts before time is spent on loading models. */
    private Job job() {
        ModelPlan plan = models.plan(console);
        Map<Role, ModelOptions> options = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            options.put(role, device.options(role));
        }
        Steering steering = models.steering(plan.pairs().size());
        Sampling drawn = sampling.sampling();
        int predict = sampling.predict();
        List<String> stops = sampling.stops(prompts.isEscaped());
        Speculation speculation = speed.speculation();
        Report report = output.report();
        prompts.check(plan, console);
        if (!prompts.isByRole()) {
            formats.suggest(models.trioFormats());
        }
        formats.check(plan);
        plan.requireFiles();
        Optional<String> grammar = grammars.grammar(console);
        PromptText prompt = prompts.read(console);
        ModelPlan located = plan.located(new ModelFiles(console));
        located.requireFiles();
        return new Job(located, options, steering, drawn, predict, stops, speculation, report, grammar, prompt);
    }

    private void checkLogitBias(Sampling drawn, int tokens) {
        for (int id : drawn.logitBias().keySet()) {
            Usage.require(
                    id < tokens, command, "--logit-bias: the target has token ids below " + tokens + ", got: " + id);
        }
    }

    private GenerationRequest request(Job job, Prompt prompt, LanguageModel model) {
        int most = job.predict() < 0 ? Integer.MAX_VALUE : job.predict();
        Sampling drawn = job.grammar()
                .map(model::constraint)
                .map(job.sampling()::withConstraint)
                .orElse(job.sampling());
        return new GenerationRequest(prompt, job.steering(), drawn, most, job.stops(), job.report());
    }

    private GenerationResult generate(Generator generator, GenerationRequest request, Job job, Duration loadTime) {
        AnswerPrinter printer = printer(generator.model(), job.plan().pairs().size());
        if (sampling.isSeedChosen()) {
            console.say("seed " + request.sampling().seed());
        }
        printer.begin(job.prompt().target().text());
        var cancellation = new Cancellation();
        Completion completion;
        try (var _ = Interrupts.handle(cancellation::cancel)) {
            completion = generator.generate(request, cancellation, printer);
        }
        var result = new GenerationResult(
                completion, generator.model().vocabulary(), job.plan().pairs().size(), loadTime);
        printer.end(result);
        if (help.isVerbose() || console.terminals().err()) {
            console.say(timings(result, generator.guesses(), generator.overlaps()));
        }
        return result;
    }

    private AnswerPrinter printer(LanguageModel model, int pairs) {
        if (output.json) {
            return new JsonReport(console);
        }
        if (!output.trace) {
            return new TextPrinter(console, output.displayPrompt);
        }
        return output.color.isOn(console)
                ? new TraceColors(console, output.displayPrompt)
                : new TraceTable(console, model.vocabulary(), pairs);
    }

    /** Tell what is not known of rows of which a server told the likeliest tokens only. */
    private static String leftOut(List<GeneratedToken> tokens) {
        List<Truncation> cut =
                tokens.stream().flatMap(token -> token.truncation().stream()).toList();
        if (cut.isEmpty()) {
            return "";
        }
        double most = cut.stream().mapToDouble(Truncation::mass).max().orElse(0);
        long certain = cut.stream().filter(Truncation::certain).count();
        return String.format(
                Locale.ROOT,
                "; %d of %d tokens drawn from the likeliest, of which %d certainly lead; at most %.2g of the"
                        + " probability left out",
                cut.size(),
                tokens.size(),
                certain,
                most);
    }

    /** Tell whether models that compute on different things did so at the same time. */
    private static String sideBySide(OverlapCounts overlaps) {
        return overlaps.decodes() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", %d of %d decodes with models side by side",
                        overlaps.sideBySide(),
                        overlaps.decodes());
    }

    private static String timings(GenerationResult result, GuessCounts guesses, OverlapCounts overlaps) {
        Completion completion = result.completion();
        String guessed = guesses.guesses() == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", %d of %d guesses right in %d steps",
                        guesses.hits(),
                        guesses.guesses(),
                        guesses.steps());
        guessed += sideBySide(overlaps) + leftOut(completion.tokens());
        return String.format(
                Locale.ROOT,
                "loaded in %.0f ms, prompt of %d tokens in %.0f ms, answer of %d tokens in %.0f ms (%.1f ms a token)%s",
                GenerationResult.millis(result.loadTime()),
                completion.promptTokens(),
                GenerationResult.millis(completion.promptTime()),
                completion.tokens().size(),
                GenerationResult.millis(completion.decodeTime()),
                result.millisPerToken(),
                guessed);
    }
}
