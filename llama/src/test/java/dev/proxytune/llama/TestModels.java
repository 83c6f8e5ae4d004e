package dev.proxytune.llama;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.Prompt;
import dev.proxytune.gguf.SyntheticModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Find the models that tests run on. */
final class TestModels {
    /** One thread: several wait for each other by spinning, which takes ages where other processes want the cores too. */
    static final ModelOptions OPTIONS = ModelOptions.DEFAULT.withThreads(1);

    private TestModels() {}

    /** Write a small model with random weights, whose likeliest tokens stand out clearly. */
    static Path synthetic(Path folder, long seed) {
        Path file = folder.resolve("synthetic-" + seed + ".gguf");
        if (!Files.exists(file)) {
            SyntheticModel.of(SyntheticModel.Shape.tiny().withContextLength(4096), seed)
                    .write(file);
        }
        return file;
    }

    /** Return a prompt of ordinary tokens that the seed makes up. */
    static Prompt prompt(long seed, int length) {
        return Prompt.of(new Random(seed).ints(length, 2, 288).toArray());
    }

    /** Return a trained model kept beside the checkout, or skip the test where there is none. */
    static Path trained(String name) {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            Path file = folder.resolve("shared").resolve("models").resolve(name);
            if (Files.isRegularFile(file)) {
                return file;
            }
            folder = folder.getParent();
        }
        assumeTrue(false, "There is no folder shared/models beside the checkout, so trained models are not tested");
        throw new AssertionError();
    }
}
