package dev.proxytune.springai;

import dev.proxytune.ProxyTunedModel;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;

/** Loads the models that come with the project. */
final class Family {
    static final Path FOLDER = Path.of("..", "models");
    static final String QUESTION = "What is the Turkish name of Serbian Dinar?";

    private Family() {}

    static LlamaModel load(String name) {
        return LlamaModel.load(FOLDER.resolve(name), ModelOptions.DEFAULT.withThreads(1));
    }

    static ProxyTunedModel trio() {
        return ProxyTunedModel.of(load("target.gguf"), load("expert.gguf"), load("anti-expert.gguf"));
    }
}
