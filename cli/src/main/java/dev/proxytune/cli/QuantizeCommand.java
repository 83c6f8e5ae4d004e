package dev.proxytune.cli;

import dev.proxytune.llama.FileType;
import dev.proxytune.llama.QuantizeOptions;
import dev.proxytune.llama.QuantizedFile;
import dev.proxytune.llama.Quantizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Store the weights of a model in fewer bits. */
@Command(
        name = "quantize",
        sortOptions = false,
        description = "Store the weights of a model in fewer bits.",
        customSynopsis = "proxytune quantize IN OUT TYPE [--force] [--threads N] [--allow-requantize] [--json]",
        footer = {"", "IN is best F32, F16 or BF16. OUT appears when it is complete; nothing is left behind on failure."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class QuantizeCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(
            index = "0",
            paramLabel = "IN",
            description = "GGUF file of the model, or a reference such as owner/repo:F16.")
    private Path source;

    @Parameters(index = "1", paramLabel = "OUT", description = "GGUF file to write.")
    private Path destination;

    @Parameters(
            index = "2",
            paramLabel = "TYPE",
            description = "How most weights are stored: ${COMPLETION-CANDIDATES}.")
    private FileType type;

    @Option(
            names = {"-f", "--force"},
            description = "Replace OUT if it exists.")
    private boolean force;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that compute; 0, the default, for one on each processor.")
    private int threads;

    @Option(
            names = "--allow-requantize",
            description = "Take a model that is quantized already, which loses more than taking the original.")
    private boolean requantize;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    QuantizeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        QuantizeOptions options =
                Usage.value(command, "--threads", () -> QuantizeOptions.of(type).withThreads(threads));
        long start = System.nanoTime();
        QuantizedFile made = Quantizer.quantize(
                new ModelFiles(console).find(source),
                destination,
                options.withOverwrite(force).withRequantize(requantize));
        double seconds = (System.nanoTime() - start) / 1e9;
        console.print(json ? Json.line(object(made, seconds)) : text(made, seconds));
        return ExitCodes.OK;
    }

    private Map<String, @Nullable Object> object(QuantizedFile made, double seconds) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("file", made.file().toString());
        object.put("type", type.name());
        object.put("source_bytes", made.sourceBytes());
        object.put("file_bytes", made.bytes());
        object.put("fallback_tensors", made.fallbacks());
        object.put("seconds", Json.number(seconds));
        return object;
    }

    private String text(QuantizedFile made, double seconds) {
        String fallbacks = made.fallbacks() == 0
                ? ""
                : "  " + made.fallbacks() + " matrices are stored in a type of smaller blocks or as F16, as their rows"
                        + " do not divide into the blocks of " + type + "\n";
        return String.format(
                Locale.ROOT,
                "%s\n  %s, %s from %s, in %.1f s\n%s",
                made.file(),
                type,
                Sizes.bytes(made.bytes()),
                Sizes.bytes(made.sourceBytes()),
                seconds,
                fallbacks);
    }
}
