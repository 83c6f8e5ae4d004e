package dev.proxytune.llama;

import dev.proxytune.InvalidModelException;
import java.lang.foreign.MemorySegment;

/** What the C API tells of a model; without weights most of it is zero. */
final class ModelFacts {
    private ModelFacts() {}

    static void check(NativeModel weights, LlamaVocabulary vocabulary, LoadExtent extent) {
        MemorySegment model = weights.handle();
        if (vocabulary.size() == 0 || vocabulary.type().equals("NONE")) {
            throw new InvalidModelException("The model " + weights.file() + " holds no vocabulary");
        }
        if (extent == LoadExtent.VOCABULARY) {
            return;
        }
        if (ModelApi.hasEncoder(model) || !ModelApi.hasDecoder(model) || ModelApi.isDiffusion(model)) {
            throw new InvalidModelException("The model " + weights.file() + " ("
                    + ModelApi.description(model)
                    + ") does not continue texts token by token: use a decoder-only model");
        }
    }

    static ModelInfo info(NativeModel weights, int vocabularySize, ModelOptions options) {
        MemorySegment model = weights.handle();
        return new ModelInfo(
                weights.file(),
                ModelApi.metadata(model, "general.architecture").orElse("unknown"),
                ModelApi.description(model),
                ModelApi.fileType(model),
                ModelApi.parameters(model),
                ModelApi.size(model),
                ModelApi.contextLength(model),
                ModelApi.layers(model),
                ModelApi.embeddingLength(model),
                vocabularySize,
                cacheBytesPerToken(weights, options));
    }

    private static long cacheBytesPerToken(NativeModel weights, ModelOptions options) {
        if (ModelApi.isRecurrent(weights.handle())) {
            return 0;
        }
        CacheShape shape = weights.cacheShape();
        return options.keyType().bytes(shape.keys()) + options.valueType().bytes(shape.values());
    }
}
