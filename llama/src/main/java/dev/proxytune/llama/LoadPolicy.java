package dev.proxytune.llama;

import java.nio.file.Path;

/** Choose how the weights get into memory so that they are there once. */
final class LoadPolicy {
    private LoadPolicy() {}

    /** Return llama.cpp's {@code llama_load_mode} for a file. */
    static int code(ModelOptions.LoadMode mode, Path file, boolean gpu) {
        if (mode != ModelOptions.LoadMode.AUTO || gpu) {
            // llama.cpp knows which GPUs can take the weights from mapped pages.
            return mode.code();
        }
        return ModelOptions.LoadMode.READ.code();
    }
}
