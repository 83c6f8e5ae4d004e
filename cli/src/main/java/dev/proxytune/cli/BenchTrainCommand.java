package dev.proxytune.cli;

import dev.proxytune.tune.Blueprint;
import dev.proxytune.tune.Compute;
import dev.proxytune.tune.Precision;
import dev.proxytune.tune.TrainingBenchmark;
import dev.proxytune.tune.TrainingBenchmark.Result;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measure how fast a model is trained, beside PyTorch where that is installed. */
@Command(
        name = "train",
        sortOptions = false,
        description = "Compare training with the machine's matrix products, and with PyTorch.",
        footer = {
            "",
            "PyTorch is measured if --python names an interpreter that has torch: the same model as it is (eager) and",
            "compiled, between two measurements of ours, of which the faster one counts."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class BenchTrainCommand implements Callable<Integer> {
    private static final int MOST_STEPS = 10_000;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Option(
            names = "--shape",
            paramLabel = "WxLxHxF",
            defaultValue = "256x8x4x704",
            description = "Width, layers, heads and feed-forward units; ${DEFAULT-VALUE} by default.")
    private String shape;

    @Option(
            names = "--vocabulary",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Tokens of the vocabulary; ${DEFAULT-VALUE} by default.")
    private int vocabulary;

    @Option(
            names = {"-b", "--batch"},
            paramLabel = "ROWS",
            defaultValue = "64",
            description = "Rows of a batch; ${DEFAULT-VALUE} by default.")
    private int rows;

    @Option(
            names = "--length",
            paramLabel = "TOKENS",
            defaultValue = "128",
            description = "Tokens of a row; ${DEFAULT-VALUE} by default.")
    private int length;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "10",
            description = "Steps that are measured; ${DEFAULT-VALUE} by default.")
    private int steps;

    @Option(names = "--precision", paramLabel = "PRECISION", description = "f32 or bf16; what is faster by default.")
    private @Nullable Precision precision;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads; the number of cores by default.")
    private int threads;

    @Option(
            names = "--python",
            paramLabel = "FILE",
            defaultValue = "python3",
            description = "Python to measure PyTorch with; ${DEFAULT-VALUE} by default.")
    private String python;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    BenchTrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Usage.require(steps > 0 && steps <= MOST_STEPS, command, "--steps must be from 1 to " + MOST_STEPS);
        Usage.requireUpTo(65_536, command, "--batch", rows);
        Usage.require(vocabulary > 1 && vocabulary <= 1 << 20, command, "--vocabulary must be from 2 to 1048576");
        Usage.require(length > 1 && length <= 65_536, command, "--length must be from 2 to 65536, got: " + length);
        Usage.require(threads >= 0 && threads <= 1024, command, "--threads must be from 0 to 1024, got: " + threads);
        Blueprint blueprint = Shapes.parse(command, shape, length);
        var device = Compute.Device.CPU;
        var compute = new Compute(device, precision == null ? Precision.usual(device) : precision);
        int used = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        Result first = measure(blueprint, compute, used);
        Optional<PythonBenchmark.Result> torch =
                new PythonBenchmark(python, console).run(blueprint, vocabulary, rows, length, steps, used, compute);
        Result again = torch.isPresent() ? measure(blueprint, compute, used) : first;
        Result result = again.tokensPerSecond() > first.tokensPerSecond() ? again : first;
        console.print(json ? Json.line(object(result, torch, compute)) : text(result, torch, compute));
        return ExitCodes.OK;
    }

    private Result measure(Blueprint blueprint, Compute compute, int used) {
        return TrainingBenchmark.run(blueprint.shape(vocabulary), rows, length, steps, compute, used);
    }

    private static String text(Result result, Optional<PythonBenchmark.Result> torch, Compute compute) {
        var text = new StringBuilder(String.format(
                Locale.ROOT,
                """
                ours               %,9.0f tokens/s in %s
                needed products    %,9.0f GFLOP/s, %.0f %% of the machine's best
                machine's best     %,9.0f GFLOP/s in %s, %,.0f in f32
                """,
                result.tokensPerSecond(),
                name(compute),
                result.gigaflops(),
                100 * result.gigaflops() / result.peak(),
                result.peak(),
                name(compute),
                result.peakF32()));
        torch.ifPresent(measured -> text.append(String.format(
                Locale.ROOT,
                """
                PyTorch, eager     %,9.0f tokens/s   ours ÷ theirs %.2f
                PyTorch, compiled  %,9.0f tokens/s   ours ÷ theirs %.2f
                """,
                measured.eager(),
                result.tokensPerSecond() / measured.eager(),
                measured.compiled(),
                result.tokensPerSecond() / measured.compiled())));
        return text.toString();
    }

    private static Map<String, @Nullable Object> object(
            Result result, Optional<PythonBenchmark.Result> torch, Compute compute) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("precision", name(compute));
        object.put("tokens_per_second", Json.number(result.tokensPerSecond()));
        object.put("gflops", Json.number(result.gigaflops()));
        object.put("peak_gflops", Json.number(result.peak()));
        object.put("peak_gflops_f32", Json.number(result.peakF32()));
        object.put(
                "pytorch_eager_tokens_per_second",
                torch.map(r -> Json.number(r.eager())).orElse(null));
        object.put(
                "pytorch_compiled_tokens_per_second",
                torch.map(r -> Json.number(r.compiled())).orElse(null));
        return object;
    }

    private static String name(Compute compute) {
        return compute.precision().name().toLowerCase(Locale.ROOT);
    }
}
