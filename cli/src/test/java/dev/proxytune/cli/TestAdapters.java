package dev.proxytune.cli;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.SyntheticModel.Shape;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Write adapters for models of the shape {@link Shape#tiny}. */
final class TestAdapters {
    private static final int RANK = 4;

    private TestAdapters() {}

    /** Write one of rank 4 that changes a model much. */
    static Path write(Path file) {
        int width = Shape.tiny().width();
        int hidden = Shape.tiny().feedForward();
        var metadata = Metadata.builder()
                .put("general.type", "adapter")
                .put("general.architecture", "llama")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", 8f * RANK)
                .build();
        new GgufWriter(metadata)
                .addFloats(
                        "blk.1.ffn_up.weight.lora_a",
                        TensorType.F32,
                        List.of((long) width, (long) RANK),
                        values(1, width * RANK))
                .addFloats(
                        "blk.1.ffn_up.weight.lora_b",
                        TensorType.F32,
                        List.of((long) RANK, (long) hidden),
                        values(2, hidden * RANK))
                .write(file);
        return file;
    }

    private static float[] values(long seed, int count) {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
