package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
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
}
