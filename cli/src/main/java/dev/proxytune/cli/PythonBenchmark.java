package dev.proxytune.cli;

import dev.proxytune.tune.Blueprint;
import dev.proxytune.tune.Compute;
import dev.proxytune.tune.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Measure PyTorch with the project's script, where there is a Python that has it. */
final class PythonBenchmark {
    private final String python;
    private final Console console;

    PythonBenchmark(String python, Console console) {
        this.python = python;
        this.console = console;
    }

    /**
     * What was measured, in tokens a second in the median of steps.
     *
     * @param eager the model as it is
     * @param compiled the model through torch.compile
     */
    record Result(double eager, double compiled) {}

    /** Measure; empty, after a line that says why, if that cannot be. */
    Optional<Result> run(
            Blueprint shape, int vocabulary, int rows, int length, int steps, int threads, Compute compute) {
        Optional<Path> script = FamilyMixin.home().map(home -> home.resolve("tools/bench-train.py"));
        if (script.isEmpty() || !answers("-c", "import torch")) {
            console.say("PyTorch is not measured: " + python + " has no torch; --python names another");
            return Optional.empty();
        }
        String precision = compute.precision() == Precision.BF16 ? "bf16" : "f32";
        List<String> arguments = new ArrayList<>(List.of(script.get().toString()));
        Map<String, Integer> sizes = Map.of(
                "width",
                shape.width(),
                "layers",
                shape.layers(),
                "heads",
                shape.heads(),
                "pairs",
                shape.heads(),
                "hidden",
                shape.feedForward(),
                "vocabulary",
                vocabulary,
                "rows",
                rows,
                "length",
                length,
                "steps",
                steps,
                "threads",
                threads);
        sizes.forEach((name, value) -> arguments.addAll(List.of("--" + name, value.toString())));
        arguments.addAll(List.of("--modes", "eager-" + precision + ",compiled-" + precision));
        return output(arguments).map(text -> {
            Map<String, Object> object = Json.object(text);
            return new Result(median(object, "eager-" + precision), median(object, "compiled-" + precision));
        });
    }

    private static double median(Map<String, Object> object, String mode) {
        return object.get(mode) instanceof Map<?, ?> measured && measured.get("median") instanceof Number number
                ? number.doubleValue()
                : Double.NaN;
    }

    private boolean answers(String... arguments) {
        try {
            return process(List.of(arguments))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Optional<String> output(List<String> arguments) {
        try {
            Process process = process(arguments)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() == 0) {
                return Optional.of(text);
            }
            console.say("PyTorch is not measured: its script failed; what it said is above");
        } catch (IOException e) {
            console.say("PyTorch is not measured: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    private ProcessBuilder process(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(python));
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
