package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.llama.MemoryNeed;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.Optional;

/** Turn files into models, which the caller closes. */
interface ModelLoader {

    /**
     * Load a model.
     *
     * @throws dev.proxytune.ProxyTuneException if that fails
     */
    LanguageModel load(Path file, Optional<ModelPlan.Adapter> adapter, ModelOptions options);

    /**
     * Load what a model's vocabulary needs, and no weights.
     *
     * @throws dev.proxytune.ProxyTuneException if that fails
     */
    LanguageModel loadVocabulary(Path file);

    /**
     * Work out what a model and a decoder take in memory, without loading weights.
     *
     * @throws dev.proxytune.ProxyTuneException if the model can have no such decoder
     */
    MemoryNeed memory(Path file, ModelOptions options, DecoderOptions size);
}
