package dev.proxytune.llama;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Find the models that tests run on. */
final class TestModels {
    private TestModels() {}

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
