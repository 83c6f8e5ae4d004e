package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.llama.FileType;
import dev.proxytune.tune.BatchPlan;
import dev.proxytune.tune.Compute;
import dev.proxytune.tune.Precision;
import dev.proxytune.tune.TrainingOutput;
import dev.proxytune.tune.TrainingResult;
import dev.proxytune.tune.TrainingRun;
import dev.proxytune.tune.TrainingSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options of a training run, whatever it trains. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class TrainingMixin {
    private static final int LONGEST_BY_DEFAULT = 512;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--steps", paramLabel = "N", description = "Updates of the weights.")
    @Nullable
    Integer steps;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data, in place of --steps.")
    @Nullable
    Integer epochs;

    @Option(names = "--lr", paramLabel = "RATE", required = true, description = "Highest learning rate.")
    double learningRate;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Steps in which the learning rate rises; 3 %% of all by default.")
    @Nullable
    Integer warmup;

    @Option(
            names = "--final-lr",
            paramLabel = "SHARE",
            defaultValue = "0.1",
            description = "Share of the learning rate left at the end; ${DEFAULT-VALUE} by default.")
    double finalFraction;

    @Option(
            names = "--weight-decay",
            paramLabel = "D",
            defaultValue = "0",
            description = "Decay of matrices, as in AdamW; ${DEFAULT-VALUE} by default.")
    double weightDecay;

    @Option(
            names = "--clip",
            paramLabel = "LENGTH",
            defaultValue = "1",
            description = "Longest gradient, 0 for no limit; ${DEFAULT-VALUE} by default.")
    double clip;

    @Option(
            names = {"-b", "--batch"},
            paramLabel = "ROWS",
            defaultValue = "16",
            description = "Rows of tokens that are computed at once; ${DEFAULT-VALUE} by default.")
    int rows;

    @Option(
            names = "--length",
            paramLabel = "TOKENS",
            defaultValue = "0",
            description = "Tokens in a row; the context's, at most 512, by default.")
    int length;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            defaultValue = "1",
            description = "Batches that make one update; ${DEFAULT-VALUE} by default.")
    int accumulation;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "1",
            description = "What order, dropout and first weights follow from; ${DEFAULT-VALUE} by default.")
    long seed;

    @Option(
            names = "--validation",
            paramLabel = "SHARE",
            defaultValue = "0.05",
            description = "Share of the data that is not trained on but measured; ${DEFAULT-VALUE} by default.")
    double validationShare;

    @Option(
            names = "--validate-every",
            paramLabel = "N",
            description = "Steps between these measurements, 0 for none; a tenth of all by default.")
    @Nullable
    Integer validateEvery;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "Least time between checkpoints; ${DEFAULT-VALUE} by default.")
    int checkpointSeconds;

    @Option(
            names = "--precision",
            paramLabel = "PRECISION",
            description = "f32 or bf16, which is faster on CPUs that have it; bf16 there by default.")
    @Nullable
    Precision precision;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "cpu or cuda; cuda by default where libtorch sees a GPU.")
    Compute.@Nullable Device device;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads; the number of cores by default.")
    int threads;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "F32",
            description = "Type of the matrices in the file, as of quantize; ${DEFAULT-VALUE} by default.")
    FileType type;

    @Option(names = "--resume", description = "Go on with a run that was broken off; start one if there is none.")
    boolean resume;

    @Option(names = "--force", description = "Replace what is there: the output, or a checkpoint.")
    boolean force;

    void check() {
        Usage.require((steps == null) != (epochs == null), command, "give one of --steps and --epochs");
        Usage.require(steps == null || steps > 0, command, "--steps must be 1 or more, got: " + steps);
        Usage.require(
                epochs == null || (epochs > 0 && epochs <= 10_000),
                command,
                "--epochs must be above 0 and at most 10000, got: " + epochs);
        Usage.require(threads >= 0 && threads <= 1024, command, "--threads must be from 0 to 1024, got: " + threads);
        Usage.requireUpTo(65_536, command, "--batch", rows);
        Usage.require(length == 0 || length > 1, command, "--length must be 2 or more, got: " + length);
        Usage.require(
                validationShare >= 0 && validationShare <= 0.5,
                command,
                "--validation must be from 0 to 0.5, got: " + validationShare);
        Usage.require(!(resume && force), command, "--resume and --force exclude each other");
        settings(1);
    }

    private TrainingSettings settings(int total) {
        var usual = TrainingSettings.of(total, 1e-3);
        return Usage.value(
                command,
                "training settings",
                () -> new TrainingSettings(
                        total,
                        learningRate,
                        warmup == null ? usual.warmup() : warmup,
                        finalFraction,
                        weightDecay,
                        usual.beta1(),
                        usual.beta2(),
                        clip,
                        accumulation,
                        validateEvery == null ? Math.max(1, total / 10) : validateEvery,
                        Duration.ofSeconds(checkpointSeconds)));
    }

    BatchPlan plan(int contextLength) {
        int tokens = length == 0 ? Math.min(contextLength, LONGEST_BY_DEFAULT) : length;
        return Usage.value(command, "--length", () -> new BatchPlan(rows, tokens, seed, validationShare));
    }

    Compute compute() {
        int processors = Runtime.getRuntime().availableProcessors();
        TrainingRun.useThreads(threads == 0 ? processors : threads);
        Compute usual = Compute.usual(device == null ? Compute.Device.usual() : device);
        return precision == null ? usual : usual.withPrecision(precision);
    }

    TrainingOutput output(Path file) {
        return new TrainingOutput(file, force, resume);
    }

    /** Train, and return the exit code. */
    int run(TrainingRun run, TrainingProgressPrinter printer, Console console, Path out) {
        TrainingSettings settings = settings(run);
        var cancellation = new Cancellation();
        var signal = new AtomicReference<StopSignal>(StopSignal.INTERRUPT);
        TrainingResult result;
        try (var _ = Interrupts.handle(
                caught -> {
                    signal.set(caught);
                    cancellation.cancel();
                },
                StopSignal.values())) {
            result = run.run(settings, printer, cancellation);
        } finally {
            printer.end();
        }
        if (!result.complete()) {
            console.say("stopped after step " + result.curve().points().size() + " of " + settings.steps()
                    + "; the same command with --resume goes on");
            return signal.get().exitCode();
        }
        console.say("wrote " + out);
        return ExitCodes.OK;
    }

    private TrainingSettings settings(TrainingRun run) {
        if (steps != null) {
            return settings(steps.intValue());
        }
        long updates = Math.ceilDiv(run.batches(Objects.requireNonNull(epochs)), accumulation);
        Usage.require(updates <= Integer.MAX_VALUE, command, "--epochs " + epochs + " of this data are too many steps");
        return settings((int) Math.max(1, updates));
    }
}
