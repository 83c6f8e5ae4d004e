package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.LanguageModel;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.eval.EvalPlan;
import dev.proxytune.eval.EvalRun;
import dev.proxytune.eval.RowFile;
import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskQuestion;
import dev.proxytune.eval.TaskScore;
import dev.proxytune.jsonl.RowWriter;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Answer the questions of a benchmark, and score the answers. */
@Command(
        name = "eval",
        sortOptions = false,
        description = "Answer the questions of a benchmark with a target and its experts, and score the answers.",
        customSynopsis = {
            "proxytune eval TASK --target FILE [--expert FILE --anti-expert FILE]",
            "               --data FILE --out FILE [OPTION...]"
        },
        footer = {
            "",
            "Tasks: gsm8k, triviaqa, truthfulqa-mc, truthfulqa, toxigen, humaneval, ds1000, alpaca-farm,",
            "realtimeqa, and jsonl for your own questions: docs/eval.md. Rows stand in the order of the questions,",
            "each as soon as it and those before it are done. --alpha 0:2:0.2 makes a file for each weight."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class EvalCommand implements Callable<Integer> {
    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Parameters(index = "0", paramLabel = "TASK", description = "What is asked.")
    private String taskName;

    @Mixin(name = "Models")
    private ModelMixin models;

    @Mixin(name = "Prompt formats")
    private FormatMixin formats;

    @Mixin(name = "Questions and answers")
    private EvalOptions options;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the rows go, as JSON lines.")
    private Path out;

    @Option(names = "--resume", description = "Go on with a run that was broken off: nothing is lost or done twice.")
    private boolean resume;

    @Option(names = "--force", description = "Replace a file that is there.")
    private boolean force;

    @Option(names = "--json", description = "Print scores as one JSON object for each weight, and no table.")
    private boolean json;

    @Mixin(name = "Speed")
    private SpeculationMixin speed;

    @Mixin(name = "Memory, threads and devices")
    private DeviceMixin device;

    @Mixin(name = "Help")
    private HelpMixin help;

    EvalCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        Task task = Usage.value(command, "TASK", () -> Task.named(taskName));
        Usage.require(!resume || !force, command, "--resume goes on with a file and --force replaces it: give one");
        ModelPlan plan = models.plan(console);
        List<Alphas> sweep = models.sweep(plan.pairs().size());
        Map<Role, ModelOptions> modelOptions = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            modelOptions.put(role, device.options(role));
        }
        formats.suggest(models.trioFormats());
        formats.check(plan);
        List<TaskQuestion> questions = options.questions(task, formats.system());
        EvalPlan run = options.plan(task, questions)
                .withContextLength(device.contextSize())
                .withSpeculation(speed.speculation());
        plan.requireFiles();
        for (Alphas alphas : sweep) {
            Path file = file(alphas, sweep.size());
            RowsFile.requireOther(command, "--out", file, List.of(options.data()), "the questions of --data");
            RowsFile.requirePlace(command, file, resume, force);
        }
        ModelPlan files = plan.located(new ModelFiles(console));
        files.requireFiles();
        for (Alphas alphas : sweep) {
            RowsFile.requireOther(command, "--out", file(alphas, sweep.size()), files.files(), "a model");
        }
        try (LanguageModel model =
                ModelOpener.open(files, loader, role -> Objects.requireNonNull(modelOptions.get(role)))) {
            PromptFormats read = formats.formats(model, new FormatChoice.Plain(), new FormatChoice.Auto());
            return run(run, sweep, files, model, read);
        }
    }

    private int run(EvalPlan plan, List<Alphas> sweep, ModelPlan files, LanguageModel model, PromptFormats read) {
        var cancellation = new Cancellation();
        var stopped = new AtomicReference<@Nullable StopSignal>();
        try (var _ = Interrupts.handle(
                signal -> {
                    stopped.set(signal);
                    cancellation.cancel();
                },
                StopSignal.values())) {
            for (Alphas alphas : sweep) {
                Path file = file(alphas, sweep.size());
                run(
                        plan.withSteering(alphas.steering()),
                        settings(plan, files, alphas),
                        file,
                        model,
                        read,
                        cancellation);
                StopSignal signal = stopped.get();
                if (signal != null) {
                    console.say("stopped; the same command with --resume goes on");
                    return signal.exitCode();
                }
                score(plan.task(), file, alphas, sweep.size());
            }
        }
        return ExitCodes.OK;
    }

    private void run(
            EvalPlan plan,
            Map<String, @Nullable Object> settings,
            Path file,
            LanguageModel model,
            PromptFormats read,
            Cancellation cancellation) {
        var progress = new EvalProgressPrinter(console);
        try (var writer = resume ? RowWriter.resume(file, settings) : RowWriter.create(file, settings)) {
            if (writer.isBegun()) {
                console.say("resuming after " + writer.present().size() + " of " + plan.answers() + " answers");
            }
            EvalRun.Result result = EvalRun.run(plan, model, read, writer, progress, cancellation);
            progress.end(result.tokens());
            if (result.failed() > 0) {
                boolean one = result.failed() == 1;
                console.say(result.failed() + (one ? " answer failed; its row in " : " answers failed; their rows in ")
                        + file + (one ? " says" : " say") + " why in the field error");
            }
        }
    }

    /** Return what the answers depend on. */
    private Map<String, @Nullable Object> settings(EvalPlan plan, ModelPlan files, Alphas alphas) {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        settings.put("task", plan.task().name());
        files.describe(settings);
        settings.put("alpha", files.pairs().isEmpty() ? null : alphas.text());
        formats.describe(settings);
        options.describe(plan, settings);
        return settings;
    }

    private void score(Task task, Path file, Alphas alphas, int sweep) {
        TaskScore score = task.score(RowFile.read(file), ScoreOptions.DEFAULT);
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>(score.object());
            object.put("alpha", alphas.text());
            object.put("file", file.toString());
            console.print(Json.line(object));
        } else {
            console.print((sweep > 1 ? "alpha " + alphas.text() + "\n" : "") + score.table());
        }
    }

    /** Return the file for a weight: one of a sweep has it in its name. */
    private Path file(Alphas alphas, int sweep) {
        if (sweep == 1) {
            return out;
        }
        String name = out.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        return out.resolveSibling(stem + ".alpha-" + alphas.text() + (dot > 0 ? name.substring(dot) : ""));
    }
}
