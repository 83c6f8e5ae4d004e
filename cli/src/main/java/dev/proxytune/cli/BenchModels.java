package dev.proxytune.cli;

import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keep made-up models of realistic sizes in the user's cache folder, for benchmarks. */
final class BenchModels {
    private static final int VOCABULARY = 32_000;
    private static final int CONTEXT = 2048;

    /** The sizes of a model of 1.1 billion parameters. */
    private static final Shape TARGET = new Shape(2048, 22, 32, 4, 5632, VOCABULARY, CONTEXT, false, TensorType.Q4_0);

    /** The sizes of a model of 135 million parameters. */
    private static final Shape PAIR = new Shape(576, 30, 9, 3, 1536, VOCABULARY, CONTEXT, true, TensorType.Q8_0);

    private final Path folder;
    private final Console console;

    BenchModels(Path folder, Console console) {
        this.folder = folder;
        this.console = console;
    }

    Path target() {
        return model("1.1b-q4_0", TARGET, 1);
    }

    Path expert() {
        return model("135m-expert-q8_0", PAIR, 2);
    }

    Path antiExpert() {
        return model("135m-anti-expert-q8_0", PAIR, 3);
    }

    private Path model(String name, Shape shape, long seed) {
        Path file = folder.resolve(name + ".gguf");
        if (!Files.exists(file)) {
            console.say("writing " + file + " with random weights");
            createFolder();
            SyntheticModel.of(shape, seed).write(file);
        }
        return file;
    }

    private void createFolder() {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new InputException("The folder " + folder + " for the benchmark's models cannot be made", e);
        }
    }
}
