package dev.proxytune.llama;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.Steering;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
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

    /** Return a model with rows of whole super-blocks. */
    static SyntheticModel wide(long seed) {
        return SyntheticModel.of(new SyntheticModel.Shape(256, 4, 4, 2, 512, 288, 256, false, TensorType.F32), seed);
    }

    /** Return all elements of a tensor. */
    static float[] weights(GgufFile file, TensorInfo tensor) {
        var values = new float[(int) tensor.elements()];
        file.readRows(tensor, 0, values);
        return values;
    }

    /** Return the logits behind a short prompt. */
    static float[] logits(Path file) {
        try (var model = LlamaModel.load(file, OPTIONS)) {
            return logits(model);
        }
    }

    static float[] logits(LlamaModel model) {
        Prompt prompt = prompt(1, 20);
        try (var decoder = model.open(new DecoderOptions(1, 64, 1))) {
            decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true));
            float[] row = new float[model.vocabulary().size()];
            decoder.row(0).copyTo(0, row, 0, row.length);
            return row;
        }
    }
}
