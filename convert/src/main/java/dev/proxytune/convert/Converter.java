package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Turns a folder of Hugging Face into a GGUF file: a model, or a LoRA adapter as PEFT saves it. */
public final class Converter {
    private Converter() {}

    /**
     * Convert a folder.
     *
     * @param destination GGUF file to write, which appears when it is complete
     * @throws InvalidModelException if the folder is not what it should be, in one line that says what, where and what to do
     * @throws ProxyTuneException if the file cannot be written, or exists and is not to be replaced
     */
    public static ConvertedFile convert(Path folder, Path destination, ConvertSettings settings) {
        requireFolder(folder);
        if (Files.isDirectory(destination)) {
            throw new ProxyTuneException(destination + ": is a directory; give the name of a file");
        }
        if (!settings.overwrite() && Files.exists(destination)) {
            throw exists(destination, null);
        }
        return isAdapter(folder)
                ? AdapterConverter.convert(folder, destination, settings)
                : ModelConverter.convert(folder, destination, settings);
    }

    /**
     * Convert a tokenizer without its model, to tell texts' tokens by.
     *
     * @param folder with {@code tokenizer.json} or a SentencePiece {@code tokenizer.model}, and if possible {@code
     *     tokenizer_config.json} and {@code config.json}
     * @param destination GGUF file to write, in place of one that may be there; it holds no tensors
     * @throws InvalidModelException if there is no tokenizer, or llama.cpp cannot tokenize with it
     * @throws ProxyTuneException if the file cannot be written
     */
    public static ConvertedFile convertTokenizer(Path folder, Path destination) {
        return TokenizerConverter.convert(folder, destination);
    }

    /**
     * Return the name that a converted folder's file gets if nobody chooses one, such as {@code Qwen3-0.6B-BF16.gguf}.
     *
     * @throws InvalidModelException if the folder has no weights to tell their type
     */
    public static String fileName(Path folder, ConvertSettings settings) {
        requireFolder(folder);
        boolean isAdapter = isAdapter(folder);
        var type = settings.type().orElseGet(() -> isAdapter ? TensorType.F32 : storedType(folder));
        return GeneralMetadata.folderName(folder) + "-" + type + (isAdapter ? "-LoRA" : "") + ".gguf";
    }

    private static TensorType storedType(Path folder) {
        try (var checkpoint = Checkpoint.open(folder)) {
            return ModelConverter.defaultType(checkpoint);
        }
    }

    private static void requireFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw Fault.of(folder, "is not a folder", "give the folder of a model, with config.json and *.safetensors");
        }
    }

    private static boolean isAdapter(Path folder) {
        return Files.exists(folder.resolve(AdapterConverter.CONFIG));
    }

    /** Write a file and look at what was written before it gets its name. */
    static ConvertedFile write(
            GgufWriter writer,
            Path destination,
            boolean overwrite,
            Consumer<GgufHeader> check,
            TensorType type,
            List<String> notes) {
        try (var part = new PartialFile(destination)) {
            writeTo(part.path(), writer);
            var header = GgufFile.readHeader(part.path());
            check.accept(header);
            part.complete(overwrite);
            return new ConvertedFile(
                    destination,
                    header.isAdapter(),
                    header.architecture().orElse(""),
                    type,
                    header.tensors().size(),
                    Files.size(destination),
                    new ArrayList<>(notes));
        } catch (FileAlreadyExistsException e) {
            throw exists(destination, e);
        } catch (IOException e) {
            throw new ProxyTuneException(
                    destination + ": cannot be written (" + PartialFile.reason(e)
                            + "); check the directory, its permissions and the free space",
                    e);
        }
    }

    /** The name of the part means nothing to a user, so failures to write it are told of the file. */
    private static void writeTo(Path part, GgufWriter writer) throws IOException {
        try {
            writer.write(part);
        } catch (ProxyTuneException e) {
            if (!(e instanceof InvalidModelException) && e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static ProxyTuneException exists(Path destination, @Nullable Throwable cause) {
        String message = destination + ": is there already; give another name, or --force to replace it";
        return Optional.ofNullable(cause)
                .map(known -> new ProxyTuneException(message, known))
                .orElseGet(() -> new ProxyTuneException(message));
    }
}
