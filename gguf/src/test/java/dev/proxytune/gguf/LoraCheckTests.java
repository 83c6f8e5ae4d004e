package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraCheckTests {
    private static final String QUERY = "blk.0.attn_q.weight";

    @TempDir
    Path directory;

    private final Metadata.Builder metadata = Metadata.builder()
            .put("general.type", "adapter")
            .put("general.architecture", "llama")
            .put("adapter.type", "lora")
            .put("adapter.lora.alpha", 16f);

    private GgufHeader base(boolean tied) {
        Path path = directory.resolve("base.gguf");
        var shape = new SyntheticModel.Shape(64, 2, 4, 2, 128, 288, 256, tied, TensorType.F32);
        SyntheticModel.of(shape, 1).write(path);
        return GgufFile.readHeader(path);
    }

    private GgufHeader adapter(String name, List<Long> first, List<Long> second) {
        var writer = new GgufWriter(metadata.build());
        add(writer, name + ".lora_a", first);
        add(writer, name + ".lora_b", second);
        return write(writer);
    }

    private static void add(GgufWriter writer, String name, List<Long> shape) {
        writer.addBytes(name, TensorType.F32, shape, (offset, bytes) -> bytes.position(bytes.limit()));
    }

    private GgufHeader write(GgufWriter writer) {
        Path path = directory.resolve("lora.gguf");
        writer.write(path);
        return GgufFile.readHeader(path);
    }

    private static void refuse(GgufHeader adapter, String... words) {
        assertThatThrownBy(() -> LoraCheck.requireAdapter(adapter))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(adapter.source() + ": ")
                .hasMessageContainingAll(words)
                .hasMessageNotContaining("\n");
    }

    private static void refuse(GgufHeader adapter, GgufHeader base, String... words) {
        LoraCheck.requireAdapter(adapter);
        assertThatThrownBy(() -> LoraCheck.requireFits(adapter, base))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void anAdapterThatFitsIsAccepted() {
        var adapter = adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L));
        assertThatCode(() -> LoraCheck.requireAdapter(adapter)).doesNotThrowAnyException();
        assertThatCode(() -> LoraCheck.requireFits(adapter, base(true))).doesNotThrowAnyException();
    }

    @Test
    void anAdapterOfTheEmbeddingNeedsAnOutputOfItsOwn() {
        var adapter = adapter("token_embd.weight", List.of(8L, 288L), List.of(8L, 64L));
        assertThatCode(() -> LoraCheck.requireFits(adapter, base(false))).doesNotThrowAnyException();
        refuse(adapter, base(true), "uses as its output too", "merge the adapter");
    }

    @Test
    void metadataThatLlamaCppAssertsOnIsRefused() {
        metadata.put("general.type", "model");
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "'model'", "'adapter' in a LoRA adapter");
        metadata.put("general.type", 1f);
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "general.type", "holds f32");
        metadata.put("general.type", "adapter").put("adapter.type", "ia3");
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "'ia3'");
        metadata.put("adapter.type", "lora").put("adapter.lora.alpha", Float.NaN);
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "NaN");
        metadata.putUnsigned("adapter.lora.alpha", 16);
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "holds u32", "an f32");
        metadata.remove("adapter.lora.alpha");
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "'adapter.lora.alpha' is missing");
        metadata.put("adapter.lora.alpha", 1f).put("adapter.alora.invocation_tokens", NumberArray.of(1));
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "invocation_tokens", "array of u32");
        metadata.remove("adapter.alora.invocation_tokens").put("general.architecture", "lama");
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), "'lama'");
    }

    @Test
    void tensorsThatDoNotPairAreRefused() {
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(4L, 64L)), "do not multiply", "64x8", "4x64");
        var half = new GgufWriter(metadata.build());
        add(half, QUERY + ".lora_b", List.of(8L, 64L));
        refuse(write(half), "is alone", ".lora_a'");
        var other = new GgufWriter(metadata.build());
        add(other, QUERY, List.of(64L, 64L));
        refuse(write(other), "not part of an adapter");
        refuse(write(new GgufWriter(metadata.build())), "there are no tensors");
        refuse(adapter("x.lora_a", List.of(64L, 8L), List.of(8L, 64L)), "not part of an adapter");
    }

    @Test
    void adaptersOfAnotherModelAreRefused() {
        refuse(adapter(QUERY, List.of(128L, 8L), List.of(8L, 128L)), base(true), QUERY, "128x128", "64x64");
        refuse(adapter("blk.7.attn_q.weight", List.of(64L, 8L), List.of(8L, 64L)), base(true), "blk.7", "base.gguf");
        refuse(adapter(QUERY, List.of(64L, 8L, 2L), List.of(8L, 64L, 2L)), base(true), "64x64");
        metadata.put("general.architecture", "qwen2");
        refuse(adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L)), base(true), "'qwen2'", "'llama'");
    }

    @Test
    void anAdapterIsNoModel() {
        var adapter = adapter(QUERY, List.of(64L, 8L), List.of(8L, 64L));
        assertThatThrownBy(() -> ModelCheck.requireModel(adapter)).hasMessageContaining("a LoRA adapter");
    }
}
