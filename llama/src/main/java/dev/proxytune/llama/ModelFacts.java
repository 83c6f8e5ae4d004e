package dev.proxytune.llama;

import dev.proxytune.InvalidModelException;
import java.lang.foreign.MemorySegment;

/** What the C API tells of a model; without weights most of it is zero. */
final class ModelFacts {
    private ModelFacts() {}

    static void check(NativeModel weights, LlamaVocabulary vocabulary, boolean vocabularyOnly) {
        MemorySegment model = weights.handle();
        if (vocabulary.size() == 0 || vocabulary.type().equals("NONE")) {
            throw new InvalidModelException("The model " + weights.file() + " holds no vocabulary");
        }
        if (vocabularyOnly) {
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
        String architecture = ModelApi.metadata(model, "general.architecture").orElse("unknown");
        return new ModelInfo(
                weights.file(),
                architecture,
                ModelApi.description(model),
                ModelApi.fileType(model),
                ModelApi.parameters(model),
                ModelApi.size(model),
                ModelApi.contextLength(model),
                ModelApi.layers(model),
                ModelApi.embeddingLength(model),
                vocabularySize,
                cacheBytesPerToken(model, architecture, options));
    }

    private static long cacheBytesPerToken(MemorySegment model, String architecture, ModelOptions options) {
        // Models with recurrent layers keep a state of fixed size there, and the C API does not tell which they are.
        if (ModelApi.isRecurrent(model) || ModelApi.isHybrid(model)) {
            return 0;
        }
        int heads = Math.max(1, ModelApi.heads(model));
        long perHead = ModelApi.embeddingLength(model) / heads;
        long keys = number(model, architecture + ".attention.key_length", perHead);
        long values = number(model, architecture + ".attention.value_length", perHead);
        long kvHeads = Math.max(0, ModelApi.kvHeads(model));
        long layers = Math.max(0, ModelApi.layers(model));
        return layers
                * (options.keyType().bytes(kvHeads * keys) + options.valueType().bytes(kvHeads * values));
    }

    private static long number(MemorySegment model, String key, long otherwise) {
        return ModelApi.metadata(model, key)
                .filter(text -> text.matches("\\d{1,9}"))
                .map(Long::parseLong)
                .orElse(otherwise);
    }
}
