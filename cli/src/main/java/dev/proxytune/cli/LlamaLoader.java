package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.MemoryNeed;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.Optional;

/** Run models with llama.cpp. A file that is loaded twice with the same options is in memory once. */
final class LlamaLoader implements ModelLoader {

    @Override
    public LanguageModel load(Path file, Optional<ModelPlan.Adapter> adapter, ModelOptions options) {
        var model = LlamaModel.load(file, options);
        if (adapter.isEmpty()) {
            return model;
        }
        // The view keeps the weights, so the model itself can go.
        try (model) {
            return model.withLora(adapter.get().file(), adapter.get().scale());
        }
    }

    @Override
    public LanguageModel loadVocabulary(Path file) {
        return LlamaModel.loadVocabulary(file);
    }

    @Override
    public MemoryNeed memory(Path file, ModelOptions options, DecoderOptions size) {
        return MemoryNeed.of(file, options, size);
    }
}
