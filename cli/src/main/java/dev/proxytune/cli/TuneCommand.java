package dev.proxytune.cli;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.tune.DataFormat;
import dev.proxytune.tune.ModelShape;
import dev.proxytune.tune.TrainingRun;
import dev.proxytune.tune.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tune a small model, to be the expert. */
@Command(
        name = "tune",
        sortOptions = false,
        description = "Tune a small model with examples, to be the expert.",
        customSynopsis = {
            "proxytune tune --base MODEL --data FILE --lr RATE (--steps N | --epochs N) --out FILE",
            "                   [--lora] [OPTION...]"
        },
        footer = {
            "",
            "Data are JSON lines of {\"prompt\", \"completion\"} or {\"messages\"}, of which the answers count, or",
            "text, all of which counts. The base, untouched, is the anti-expert. Beside the output are written its",
            "loss curve as .loss.csv and .loss.svg. Ctrl-C leaves a checkpoint, which --resume goes on from."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class TuneCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "--base",
            paramLabel = "MODEL",
            required = true,
            description = "Model to begin with, a GGUF file or a reference: llama, qwen2, qwen3 or gemma3.")
    private Path base;

    @Option(names = "--data", paramLabel = "FILE", required = true, description = "Examples; may be given repeatedly.")
    private List<Path> data;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "AUTO",
            description = "jsonl, gsm8k or text; found out by default.")
    private DataFormat format;

    @Option(names = "--skip-bad", description = "Leave out lines that make no example, and count them.")
    private boolean skipBad;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "GGUF file to write.")
    private Path out;

    @Mixin(name = "LoRA")
    private LoraMixin lora;

    @Mixin(name = "Training")
    private TrainingMixin training;

    @Mixin(name = "Help")
    private HelpMixin help;

    TuneCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        training.check();
        var settings = lora.settings();
        Path model = new ModelFiles(console).find(base);
        int context = ModelShape.of(GgufFile.readHeader(model)).contextLength();
        var request = new Tuning(
                model,
                data,
                format,
                skipBad,
                training.plan(context),
                settings,
                training.compute(),
                training.type,
                training.output(out));
        var printer = new TrainingProgressPrinter(console);
        try (TrainingRun run = request.open(printer)) {
            return training.run(run, printer, console, out);
        }
    }
}
