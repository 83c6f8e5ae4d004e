package dev.proxytune.cli;

import dev.proxytune.tune.BatchPlan;
import dev.proxytune.tune.Blueprint;
import dev.proxytune.tune.Pretraining;
import dev.proxytune.tune.Pretraining.TokenizerSource;
import dev.proxytune.tune.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Train a small model from nothing. */
@Command(
        name = "pretrain",
        sortOptions = false,
        description = "Train a small language model from nothing, with its tokenizer.",
        customSynopsis = {
            "proxytune pretrain --corpus FILE --shape WxLxHxF (--tokenizer FILE | --vocabulary N)",
            "                   --lr RATE (--steps N | --epochs N) --out FILE [OPTION...]"
        },
        footer = {
            "",
            "A corpus is UTF-8 text, its documents divided by lines that hold <|endoftext|> and nothing else, or",
            "JSON lines with a field \"text\". The model has the llama architecture. Beside it are written its loss",
            "curve as .loss.csv and .loss.svg. Ctrl-C leaves a checkpoint, which --resume goes on from."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class PretrainCommand implements Callable<Integer> {
    private static final int USUAL_CONTEXT = 256;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Option(names = "--corpus", paramLabel = "FILE", required = true, description = "Texts; may be given repeatedly.")
    private List<Path> corpus;

    @Option(
            names = "--shape",
            paramLabel = "WxLxHxF",
            required = true,
            description = "Width, layers, attention heads and feed-forward units, such as 256x8x4x704.")
    private String shape;

    @Option(
            names = {"-c", "--ctx-size"},
            paramLabel = "N",
            defaultValue = "" + USUAL_CONTEXT,
            description = "Longest sequence in tokens; ${DEFAULT-VALUE} by default.")
    private int contextLength;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "GGUF file whose tokenizer the model takes.")
    private @Nullable Path tokenizer;

    @Option(
            names = "--vocabulary",
            paramLabel = "N",
            description = "Train a byte-level BPE tokenizer of so many tokens on the corpus instead.")
    private @Nullable Integer vocabulary;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            required = true,
            description = "GGUF file to write.")
    private Path out;

    @Mixin(name = "Training")
    private TrainingMixin training;

    @Mixin(name = "Help")
    private HelpMixin help;

    PretrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        training.check();
        Usage.require(contextLength > 1, command, "--ctx-size must be 2 or more, got: " + contextLength);
        Blueprint blueprint = Shapes.parse(command, shape, contextLength);
        TokenizerSource source = source();
        BatchPlan plan = training.plan(contextLength);
        var request = Usage.value(
                command,
                "--length",
                () -> new Pretraining(
                        corpus, blueprint, source, plan, training.compute(), training.type, training.output(out)));
        var printer = new TrainingProgressPrinter(console);
        try (TrainingRun run = request.open(printer)) {
            return training.run(run, printer, console, out);
        }
    }

    private TokenizerSource source() {
        Path file = tokenizer;
        Integer size = vocabulary;
        if (size != null && file == null) {
            return Usage.value(command, "--vocabulary", () -> new TokenizerSource.Trained(size));
        }
        if (file != null && size == null) {
            return new TokenizerSource.Existing(file);
        }
        throw Usage.wrong(command, "give one of --tokenizer and --vocabulary");
    }
}
