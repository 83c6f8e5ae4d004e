package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import dev.proxytune.Vocabulary;
import dev.proxytune.llama.CacheFolder;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measure what guessing ahead gains. */
@Command(
        name = "speculate",
        description = "Compare the target alone, and a trio without and with guesses.",
        footer = {
            "",
            "By default it asks the models that come with the project questions of their own kind. How",
            "often guesses are right depends on models and texts, so it says little of others. With",
            "--acceptance, answers and guesses are made up, and only what they cost is measured."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchSpeculateCommand implements Callable<Integer> {
    private static final int MOST = 100_000;
    private static final String SHAPE = "1.1b";
    private static final double ACCEPTANCE = 0.95;
    private static final int PROMPT_LENGTH = 8;
    private static final int COST_ROUNDS = 4;

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private FamilyMixin family;

    @Option(names = "--target", paramLabel = "FILE", description = "The target; all three files or none.")
    private @Nullable Path target;

    @Option(names = "--expert", paramLabel = "FILE", description = "The expert.")
    private @Nullable Path expert;

    @Option(names = "--anti-expert", paramLabel = "FILE", description = "The anti-expert.")
    private @Nullable Path antiExpert;

    @Option(
            names = "--shape",
            paramLabel = "1.1b",
            description = "Models with random weights in realistic sizes, as bench loop makes them: 1.1 billion"
                    + " parameters and twice 135 million. Their answers are made up as with --acceptance.")
    private @Nullable String shape;

    @Option(
            names = "--acceptance",
            paramLabel = "P",
            description = "Simulate: make up what is drawn, and let the expert guess it with this chance, from 0 to 1;"
                    + " 0.95 where --shape is given.")
    private @Nullable Double acceptance;

    @Option(
            names = {"-f", "--questions"},
            paramLabel = "FILE",
            description = "JSON Lines with a \"prompt\" each; the project's questions of manners by default.")
    private @Nullable Path questions;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "How many of the questions to ask; 10 by default, 2 with --shape.")
    private @Nullable Integer count;

    @Option(
            names = {"-n", "--predict"},
            paramLabel = "N",
            description = "The most tokens of an answer; 64 by default, 32 with --shape.")
    private @Nullable Integer predict;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Measurements of each kind; 5 by default, 3 with --shape.")
    private @Nullable Integer rounds;

    @Option(
            names = "--temp",
            paramLabel = "T,T...",
            split = ",",
            description = "Temperatures; 0,0.8 by default, 0 in a simulation.")
    private List<Float> temperatures = new ArrayList<>();

    @Option(
            names = "--alpha",
            paramLabel = "A",
            defaultValue = "1",
            description = "The weight of the pair; ${DEFAULT-VALUE} by default.")
    private float alpha;

    @Option(
            names = "--guesses",
            paramLabel = "K,K...",
            split = ",",
            defaultValue = "1,2,4,8",
            description = "Fixed numbers of guesses to compare with; ${DEFAULT-VALUE} by default.")
    private List<Integer> guesses = new ArrayList<>();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchSpeculateCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    /** Hold what is measured, checked as far as that goes without models. */
    private record Task(int count, int predict, int rounds, List<Float> temperatures, Optional<Double> chance) {}

    @Override
    public Integer call() {
        Task task = task();
        ModelPlan plan = plan();
        ModelOptions options = shape == null ? family.options() : family.optionsOfLarge();
        try (var model = (ProxyTunedModel) ModelOpener.open(plan, loader, _ -> options)) {
            List<Prompt> prompts =
                    shape == null ? questions(model, task.count()) : madeUp(model.vocabulary(), task.count());
            if (task.chance().isPresent()) {
                simulate(task, model, prompts, task.chance().get());
            } else {
                run(task, model.target(), model, prompts, new SpeculationReport(console, json, Optional.empty()));
            }
        }
        return ExitCodes.OK;
    }

    private Task task() {
        for (float temperature : temperatures) {
            Usage.require(
                    Float.isFinite(temperature) && temperature >= 0,
                    command,
                    "--temp must be numbers from 0 up, got: " + temperature);
        }
        for (int number : guesses) {
            Usage.requireUpTo(Speculation.MOST, command, "--guesses", number);
        }
        Usage.require(Float.isFinite(alpha), command, "--alpha must be a finite number, got: " + alpha);
        boolean real = shape == null;
        Usage.require(real || SHAPE.equals(shape), command, "--shape must be " + SHAPE + ", got: " + shape);
        boolean named = target != null || expert != null || antiExpert != null || questions != null || !family.isOwn();
        Usage.require(
                real || !named,
                command,
                "--shape makes models and questions up: give it without --models, --target and --questions");
        Optional<Double> given = Optional.ofNullable(acceptance);
        Optional<Double> chance = real ? given : given.or(() -> Optional.of(ACCEPTANCE));
        chance.ifPresent(value ->
                Usage.require(value >= 0 && value <= 1, command, "--acceptance must be from 0 to 1, got: " + value));
        List<Float> otherwise = chance.isPresent() ? List.of(0f) : List.of(0f, 0.8f);
        return new Task(
                number("--count", count, real ? 10 : 2),
                number("--predict", predict, real ? 64 : 32),
                number("--rounds", rounds, real ? 5 : 3),
                temperatures.isEmpty() ? otherwise : temperatures,
                chance);
    }

    private int number(String option, @Nullable Integer given, int otherwise) {
        int number = given == null ? otherwise : given;
        Usage.requireUpTo(MOST, command, option, number);
        return number;
    }

    private void simulate(Task task, ProxyTunedModel model, List<Prompt> prompts, double chance) {
        var bound = SpeculationBound.measure(model, prompts.getFirst(), chance, COST_ROUNDS);
        int[] ordinary = LoopBenchmark.ordinaryTokens(
                model.vocabulary(), model.vocabulary().size());
        try (var alone = new ScriptedModel(model.target(), chance, ordinary);
                var trio = new ScriptedModel(model, chance, ordinary)) {
            run(task, alone, trio, prompts, new SpeculationReport(console, json, Optional.of(bound)));
        }
    }

    private void run(
            Task task, LanguageModel alone, LanguageModel trio, List<Prompt> prompts, SpeculationReport report) {
        try (var benchmark = new SpeculationBenchmark(alone, trio, prompts, task.predict(), alpha, guesses)) {
            for (float temperature : task.temperatures()) {
                report.add(temperature, benchmark.run(temperature, task.rounds()));
            }
        }
        report.end(task.rounds());
    }

    private List<Prompt> questions(ProxyTunedModel model, int most) {
        return Questions.read(questionFile(), most, console).stream()
                .map(text -> model.tokenize(PromptText.of(text)))
                .toList();
    }

    /** Return prompts of eight tokens, no two the same. */
    private List<Prompt> madeUp(Vocabulary vocabulary, int most) {
        int[] ids = LoopBenchmark.ordinaryTokens(vocabulary, PROMPT_LENGTH * most);
        return IntStream.range(0, ids.length / PROMPT_LENGTH)
                .mapToObj(number ->
                        Prompt.of(Arrays.copyOfRange(ids, number * PROMPT_LENGTH, (number + 1) * PROMPT_LENGTH)))
                .toList();
    }

    private ModelPlan plan() {
        if (shape != null) {
            var made = new BenchModels(CacheFolder.path().resolve("bench"), console);
            return ModelPlan.trio(made.target(), made.expert(), made.antiExpert());
        }
        if (target == null && expert == null && antiExpert == null) {
            return family.plan();
        }
        if (target == null || expert == null || antiExpert == null) {
            throw Usage.wrong(command, "--target, --expert and --anti-expert belong together: give all three or none");
        }
        var plan = ModelPlan.trio(target, expert, antiExpert);
        plan.requireFiles();
        return plan;
    }

    private Path questionFile() {
        if (questions != null) {
            return questions;
        }
        return FamilyMixin.home()
                .map(home -> home.resolve("models").resolve("suites").resolve("manners.jsonl"))
                .orElseThrow(() -> Usage.wrong(
                        command, "--questions is missing: only ./proxytune knows where the project's own are"));
    }
}
