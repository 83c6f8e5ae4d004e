package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be trained is told in one line. */
class ModelRefusalTests {
    @TempDir
    static Path folder;

    private static void refuse(
            UnaryOperator<Metadata.Builder> change, TensorType type, Consumer<GgufWriter> more, String... told) {
        var metadata = change.apply(TinyModels.metadata(Architecture.LLAMA)).build();
        refuse(TinyModels.write(folder.resolve("base.gguf"), Architecture.LLAMA, metadata, true, type, more), told);
    }

    private static void refuse(Path file, String... told) {
        try (var opened = GgufFile.open(file)) {
            assertThatExceptionOfType(InvalidModelException.class)
                    .isThrownBy(() -> Transformer.load(opened, Compute.EXACT).close())
                    .withMessageContainingAll(told)
                    .withMessageContaining("base.gguf")
                    .withMessageNotContaining("\\n");
        }
    }

    @Test
    void refusesOtherArchitectures() {
        refuse(
                metadata -> {
                    for (var entry : metadata.build().values().entrySet()) {
                        if (entry.getKey().startsWith("llama.")) {
                            metadata.put(entry.getKey().replace("llama.", "granite."), entry.getValue());
                        }
                    }
                    return metadata.put("general.architecture", "granite");
                },
                TensorType.F32,
                _ -> {},
                "granite",
                "llama, qwen2, qwen3, gemma3");
    }

    @Test
    void refusesStretchedContextsOfOtherKinds() {
        refuse(
                metadata -> metadata.put("llama.rope.scaling.type", "yarn").put("llama.rope.scaling.factor", 4f),
                TensorType.F32,
                _ -> {},
                "llama.rope.scaling.type",
                "yarn");
    }

    @Test
    void refusesTensorsThatItDoesNotKnow() {
        refuse(
                metadata -> metadata,
                TensorType.F32,
                writer -> writer.addFloats("blk.0.attn_q.scale", TensorType.F32, List.of(1L), new float[1]),
                "blk.0.attn_q.scale");
    }

    @Test
    void refusesTypesThatItCannotRead() {
        var metadata = TinyModels.metadata(Architecture.LLAMA).build();
        var file = folder.resolve("base.gguf");
        var plain = folder.resolve("plain.gguf");
        TinyModels.write(plain, Architecture.LLAMA, metadata, true, TensorType.F32, _ -> {});
        try (var opened = GgufFile.open(plain)) {
            var writer = new GgufWriter(metadata);
            for (var tensor : opened.header().tensors()) {
                if (tensor.name().equals("blk.1.ffn_up.weight")) {
                    writer.addBytes(
                            tensor.name(),
                            TensorType.IQ4_NL,
                            tensor.shape(),
                            (_, buffer) -> buffer.position(buffer.limit()));
                } else {
                    writer.addCopy(opened, tensor);
                }
            }
            writer.write(file);
        }
        refuse(file, "blk.1.ffn_up.weight", "iq4_nl", "q8_0");
    }

    @Test
    void refusesMissingAndMisshapenTensors() {
        var file = folder.resolve("base.gguf");
        var plain = folder.resolve("plain.gguf");
        var metadata = TinyModels.metadata(Architecture.LLAMA).build();
        TinyModels.write(plain, Architecture.LLAMA, metadata, true, TensorType.F32, _ -> {});
        try (var opened = GgufFile.open(plain)) {
            var without = new GgufWriter(metadata);
            opened.header().tensors().stream()
                    .filter(tensor -> !tensor.name().equals("blk.2.ffn_norm.weight"))
                    .forEach(tensor -> without.addCopy(opened, tensor));
            without.write(file);
            refuse(file, "blk.2.ffn_norm.weight");
            without.addFloats("blk.2.ffn_norm.weight", TensorType.F32, List.of(4L), new float[4])
                    .write(file);
            refuse(file, "blk.2.ffn_norm.weight", "4");
        }
    }
}
