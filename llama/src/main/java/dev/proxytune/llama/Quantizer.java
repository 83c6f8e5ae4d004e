package dev.proxytune.llama;

import dev.proxytune.InvalidModelException;
import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.ModelCheck;
import dev.proxytune.gguf.TensorInfo;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;

/** Store the weights of a GGUF file in fewer bits, by llama.cpp's own quantizer. */
public final class Quantizer {
    private static final Set<String> CHANGED_KEYS = Set.of(
            "general.file_type", "general.quantization_version", "split.no", "split.count", "split.tensors.count");

    private Quantizer() {}

    /**
     * Write a copy of a model with its matrices stored as another type; tokenizer and metadata stay.
     *
     * <p>The result does not depend on the number of threads. It is written under a temporary name in the folder of the
     * destination and appears there only when complete; nothing is left behind on failure. The call cannot be cancelled.
     * May be called by several threads at once.
     *
     * @param source a model in a GGUF file, or the first part of a split one; not a LoRA adapter
     * @param destination another file, in a folder that exists
     * @throws InvalidModelException if the source is missing, damaged or cannot be run, holds numbers that are not
     *     finite, or is quantized already and that is not allowed
     * @throws ProxyTuneException if the destination exists and may not be replaced, or cannot be written
     * @throws NativeLibraryException if llama.cpp cannot be loaded
     */
    public static QuantizedFile quantize(Path source, Path destination, QuantizeOptions options) {
        LlamaLibrary.load();
        try (var file = GgufFile.open(source)) {
            requireDestination(source, destination, options);
            ModelCheck.requireModel(file.header());
            var check = new WeightCheck(file, options);
            check.requireShapes();
            check.requireNumbers();
            return write(source, file.header(), destination, options);
        }
    }

    private static void requireDestination(Path source, Path destination, QuantizeOptions options) {
        if (Files.isDirectory(destination)) {
            throw cannotWrite(destination, "it is a folder; give the name of a file");
        }
        if (Files.exists(destination)) {
            if (isSame(source, destination)) {
                throw cannotWrite(destination, "it is the model that is read; give another name");
            }
            if (!options.overwrite()) {
                throw exists(destination);
            }
            if (!Files.isRegularFile(destination)) {
                throw cannotWrite(destination, "it is no regular file; give another name");
            }
        }
        Path folder = folder(destination);
        if (!Files.isDirectory(folder)) {
            throw cannotWrite(destination, "there is no folder " + folder + "; create it first");
        }
        if (!Files.isWritable(folder)) {
            throw cannotWrite(destination, "the folder " + folder + " cannot be written to; give another one");
        }
    }

    private static boolean isSame(Path source, Path destination) {
        try {
            return Files.isSameFile(source, destination);
        } catch (IOException e) {
            throw cannotWrite(destination, e.getMessage() + "; give another name");
        }
    }

    private static QuantizedFile write(Path source, GgufHeader header, Path destination, QuantizeOptions options) {
        int processors = Runtime.getRuntime().availableProcessors();
        int threads = options.threads() == 0 ? processors : Math.min(options.threads(), processors);
        try (var part = new PartialFile(destination)) {
            // llama.cpp finds the other parts of a split model by the name of the first, which a link's target may
            // lack.
            Path from = header.files() == 1 ? source.toRealPath() : source.toAbsolutePath();
            var done = LlamaLog.explaining(
                    () -> QuantizeApi.quantize(from, part.path(), options.type(), threads, options.requantize()));
            if (!done.result()) {
                // That is how C++ words a write that failed.
                if (done.suffix().contains("iostream")) {
                    throw incomplete(destination);
                }
                throw new ProxyTuneException("Cannot quantize the model " + source + done.suffix());
            }
            GgufHeader made = requireComplete(header, part.path(), destination);
            part.complete(options.overwrite());
            return new QuantizedFile(destination, header.size(), made.size(), fallbacks(made, options.type()));
        } catch (FileAlreadyExistsException e) {
            throw exists(destination);
        } catch (IOException e) {
            throw cannotWrite(destination, e.getMessage() + "; check the folder, its permissions and the free space");
        }
    }

    /** Check what llama.cpp wrote: it does not notice every write that fails, and cuts texts at zero bytes. */
    private static GgufHeader requireComplete(GgufHeader source, Path part, Path destination) {
        GgufHeader made;
        try {
            made = GgufFile.readHeader(part);
        } catch (InvalidModelException e) {
            throw incomplete(destination);
        }
        source.metadata().values().forEach((key, value) -> {
            if (!CHANGED_KEYS.contains(key)
                    && !value.equals(made.metadata().value(key).orElse(null))) {
                throw new ProxyTuneException("Cannot quantize the model " + source.source()
                        + ": llama.cpp does not copy key '" + key + "' as it is; convert the model to GGUF again");
            }
        });
        for (TensorInfo tensor : source.tensors()) {
            if (made.tensor(tensor.name())
                    .filter(copy -> copy.shape().equals(tensor.shape()))
                    .isEmpty()) {
                throw incomplete(destination);
            }
        }
        ModelCheck.requireModel(made);
        return made;
    }

    private static int fallbacks(GgufHeader made, FileType type) {
        return (int) made.tensors().stream()
                .filter(tensor -> tensor.rows() > 1
                        && tensor.rowLength() % type.mainType().blockSize() != 0)
                .count();
    }

    private static Path folder(Path destination) {
        return Objects.requireNonNullElse(destination.toAbsolutePath().getParent(), destination);
    }

    private static ProxyTuneException incomplete(Path destination) {
        String free;
        try {
            free = NativeModel.megabytes(Files.getFileStore(folder(destination)).getUsableSpace());
        } catch (IOException e) {
            free = "an unknown amount of space";
        }
        return cannotWrite(destination, "not all of it got to the disk, where " + free + " were free; make room");
    }

    private static ProxyTuneException exists(Path destination) {
        return new ProxyTuneException(
                destination + " exists already: give another name, or allow to replace it (--force)");
    }

    private static ProxyTuneException cannotWrite(Path destination, String why) {
        return new ProxyTuneException("Cannot write " + destination + ": " + why);
    }
}
