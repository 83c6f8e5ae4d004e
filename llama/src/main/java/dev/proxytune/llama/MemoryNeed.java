package dev.proxytune.llama;

import dev.proxytune.DecoderOptions;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.TensorInfo;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tell what a model and one decoder of it take in memory, in bytes.
 *
 * @param weights the weights, in memory once however many decoders there are
 * @param cache the KV cache, or the state of a recurrent model
 * @param compute activations of the longest step; a shorter one leaves pages of it untouched
 * @param rows the logits that a decode yields
 */
public record MemoryNeed(long weights, long cache, long compute, long rows) {

    public MemoryNeed {
        if (weights < 0 || cache < 0 || compute < 0 || rows < 0) {
            throw new IllegalArgumentException(
                    "sizes must not be negative, got: " + weights + ", " + cache + ", " + compute + ", " + rows);
        }
    }

    /** Return what the decoder takes beside the weights. */
    public long context() {
        return cache + compute + rows;
    }

    /** Return the sum. */
    public long total() {
        return weights + context();
    }

    /**
     * Ask llama.cpp, which plans a decoder without room for weights and cache. The model runs on the CPU.
     *
     * @throws dev.proxytune.InvalidModelException if the file holds no model that continues texts
     * @throws dev.proxytune.CapacityException if llama.cpp can make no such decoder, however much memory there is
     * @throws NativeLibraryException if llama.cpp cannot be loaded
     */
    public static MemoryNeed of(Path file, ModelOptions options, DecoderOptions size) {
        ModelOptions onCpu = options.withGpuLayers(0);
        NativeModel model = NativeModel.load(file, onCpu, LoadExtent.PLAN);
        try {
            var vocabulary = new LlamaVocabulary(model);
            ModelFacts.check(model, vocabulary, LoadExtent.PLAN);
            ModelInfo info = ModelFacts.info(model, vocabulary.size(), onCpu);
            var plan = ContextPlan.sizes(model, onCpu, info, size);
            var sizes = new LoggedSizes();
            LlamaLog.reading(sizes, () -> LlamaContext.create(model, null, plan, onCpu, vocabulary.size()))
                    .close();
            return new MemoryNeed(weights(GgufFile.readHeader(file)), sizes.cache, sizes.compute, sizes.rows);
        } finally {
            model.release();
        }
    }

    /** Return what the tensors take; an embedding that is the output too may be there twice, in two layouts. */
    private static long weights(GgufHeader header) {
        long sum = header.tensors().stream().mapToLong(TensorInfo::byteSize).sum();
        return sum
                + header.tensor("token_embd.weight")
                        .filter(tensor -> header.isTied() && LoadPolicy.isCopied(tensor.type()))
                        .map(TensorInfo::byteSize)
                        .orElse(0L);
    }

    /** Reads the sizes in what llama.cpp logs when it makes a context, as its API does not tell them. */
    private static final class LoggedSizes implements Consumer<String> {
        private static final Pattern BUFFER = Pattern.compile("(compute|output) buffer size = +([0-9.]+) MiB");
        private static final Pattern CACHE = Pattern.compile(": size = +([0-9.]+) MiB \\( *[0-9]+ cells");

        private long cache;
        private long compute;
        private long rows;

        @Override
        public void accept(String line) {
            Matcher buffer = BUFFER.matcher(line);
            Matcher kept = CACHE.matcher(line);
            if (kept.find()) {
                cache += bytes(kept.group(1));
            } else if (buffer.find()) {
                long size = bytes(buffer.group(2));
                compute += buffer.group(1).equals("compute") ? size : 0;
                rows += buffer.group(1).equals("output") ? size : 0;
            }
        }

        private static long bytes(String mebibytes) {
            return Math.round(Double.parseDouble(mebibytes) * (1 << 20));
        }
    }
}
