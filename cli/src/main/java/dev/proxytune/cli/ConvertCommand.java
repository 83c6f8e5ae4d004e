package dev.proxytune.cli;

import dev.proxytune.convert.ConvertSettings;
import dev.proxytune.convert.ConvertedFile;
import dev.proxytune.convert.Converter;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

/** Turn a folder of Hugging Face into a GGUF file. */
@Command(
        name = "convert",
        sortOptions = false,
        description = "Turn a folder of Hugging Face, a model or a LoRA adapter, into a GGUF file.",
        customSynopsis = "proxytune convert FOLDER [--out FILE] [--type TYPE] [--base MODEL] [--pre NAME] [--force]"
                + " [--json]",
        footer = {
            "",
            "Models of the llama, qwen2, qwen3 and gemma3 families. FILE appears when it is complete; nothing is left"
                    + " behind on failure."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class ConvertCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(
            index = "0",
            paramLabel = "FOLDER",
            description = "Folder with config.json, the tokenizer and *.safetensors, or with adapter_config.json.")
    private Path folder;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "GGUF file to write, or the directory for it; by default one named after FOLDER, here.")
    private @Nullable Path out;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "How matrices are stored: f32, f16, bf16 or q8_0. By default as FOLDER has them, f16 for f32;"
                    + " f32 for an adapter.")
    private @Nullable String type;

    @Option(
            names = "--base",
            paramLabel = "MODEL",
            description = "Model that the adapter was trained on: a folder (config.json will do) or a GGUF file.")
    private @Nullable Path base;

    @Option(
            names = "--pre",
            paramLabel = "NAME",
            description =
                    "What llama.cpp calls the rules by which the tokenizer splits text, if they are not known here.")
    private @Nullable String preTokenizer;

    @Option(
            names = {"-f", "--force"},
            description = "Replace FILE if it exists.")
    private boolean force;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ConvertSettings settings = settings();
        long start = System.nanoTime();
        ConvertedFile made = Converter.convert(folder, destination(settings), settings);
        double seconds = (System.nanoTime() - start) / 1e9;
        console.print(json ? Json.line(object(made, seconds)) : text(made, seconds));
        return ExitCodes.OK;
    }

    private ConvertSettings settings() {
        ConvertSettings settings = ConvertSettings.defaults().withOverwrite(force);
        if (type != null) {
            String wanted = type;
            settings = Usage.value(
                    command,
                    "--type",
                    () -> ConvertSettings.defaults().withOverwrite(force).withType(type(wanted)));
        }
        if (preTokenizer != null) {
            ConvertSettings known = settings;
            String name = preTokenizer;
            settings = Usage.value(command, "--pre", () -> known.withPreTokenizer(name));
        }
        return base == null ? settings : settings.withBase(base);
    }

    private static TensorType type(String name) {
        return Arrays.stream(TensorType.values())
                .filter(known -> known.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the type is f32, f16, bf16 or q8_0, got '" + name
                        + "'; for others convert to f16 or bf16 first and quantize that"));
    }

    private Path destination(ConvertSettings settings) {
        Path chosen = out == null ? Path.of("") : out;
        return out == null || Files.isDirectory(chosen) ? chosen.resolve(Converter.fileName(folder, settings)) : chosen;
    }

    private static Map<String, @Nullable Object> object(ConvertedFile made, double seconds) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("file", made.file().toString());
        object.put("kind", made.isAdapter() ? "adapter" : "model");
        object.put("architecture", made.architecture());
        object.put("type", made.type().name());
        object.put("tensors", made.tensors());
        object.put("file_bytes", made.bytes());
        object.put("notes", made.notes());
        object.put("seconds", Json.number(seconds));
        return object;
    }

    private static String text(ConvertedFile made, double seconds) {
        var text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s\n  %s %s, %d tensors, %s, %s, in %.1f s\n",
                made.file(),
                made.architecture(),
                made.isAdapter() ? "adapter" : "model",
                made.tensors(),
                made.type(),
                Sizes.bytes(made.bytes()),
                seconds));
        made.notes().forEach(note -> text.append("  ").append(note).append('\n'));
        return text.toString();
    }
}
