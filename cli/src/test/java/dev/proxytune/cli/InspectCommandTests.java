package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.gguf.ModelSplitter;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class InspectCommandTests {
    @TempDir
    private Path folder;

    private Path target;
    private Path wider;
    private Path other;
    private Path adapter;

    @BeforeEach
    void writeModels() {
        target = folder.resolve("target.gguf");
        wider = folder.resolve("wider.gguf");
        other = folder.resolve("other.gguf");
        var model = SyntheticModel.of(Shape.tiny(), 1);
        model.write(target);
        SyntheticModel.of(Shape.tiny().withVocabularySize(300), 2).write(wider);
        model.withVocabulary(model.vocabulary().withToken(270, "elsewhere")).write(other);
        adapter = TestAdapters.write(folder.resolve("adapter.gguf"));
    }

    private static CommandRun run(Object... args) {
        String[] all = new String[args.length + 1];
        all[0] = "inspect";
        for (int i = 0; i < args.length; i++) {
            all[i + 1] = args[i].toString();
        }
        return CommandRun.with(new LlamaLoader()).run(all);
    }

    private static JsonNode json(Object... args) {
        var run = run(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return JsonMapper.shared().readTree(run.out()).get("files");
    }

    @Test
    void describesASplitModelAsAWhole() throws IOException {
        List<Path> parts = ModelSplitter.split(target, folder.resolve("split"), 5, 9, 6);
        var whole = json(target, "--json").get(0);
        var split = json(parts.getFirst(), "--json").get(0);
        for (String same : List.of("parameters", "memory", "vocabulary", "quantization", "layers")) {
            assertThat(split.get(same)).as(same).isEqualTo(whole.get(same));
        }
        long bytes = parts.stream().mapToLong(part -> part.toFile().length()).sum();
        assertThat(split.get("file_bytes").asLong()).isEqualTo(bytes);
        assertThat(run(parts.getFirst()).out()).contains(" in 3 parts");
        assertThat(json(target, parts.getFirst(), "--json")
                        .get(1)
                        .get("comparison")
                        .get("fits")
                        .asBoolean())
                .isTrue();
        Files.delete(parts.get(2));
        var missing = run(parts.getFirst());
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.errorLines()).singleElement().asString().contains("split-00003-of-00003.gguf: there is no");
    }

    @Test
    void describesAModel() {
        var file = json(target, "--json", "-c", "512").get(0);
        assertThat(file.propertyNames())
                .containsExactly(
                        "file",
                        "kind",
                        "architecture",
                        "file_bytes",
                        "parameters",
                        "quantization",
                        "context_length",
                        "layers",
                        "width",
                        "heads",
                        "key_value_heads",
                        "memory",
                        "vocabulary");
        var shape = Shape.tiny();
        assertThat(file.get("kind").asString()).isEqualTo("model");
        assertThat(file.get("architecture").asString()).isEqualTo("llama");
        assertThat(file.get("file_bytes").asLong()).isEqualTo(target.toFile().length());
        assertThat(file.get("layers").asInt()).isEqualTo(shape.layers());
        assertThat(file.get("width").asInt()).isEqualTo(shape.width());
        assertThat(file.get("heads").asInt()).isEqualTo(shape.heads());
        assertThat(file.get("key_value_heads").asInt()).isEqualTo(shape.keyValueHeads());
        assertThat(file.get("quantization").asString())
                .isEqualTo(shape.matrixType().label());
        int perToken = shape.layers() * shape.keyValueHeads() * (shape.width() / shape.heads()) * 2 * 2;
        var memory = file.get("memory");
        assertThat(memory.propertyNames())
                .containsExactly(
                        "weight_bytes", "kv_cache_bytes", "compute_bytes", "logits_bytes", "bytes_read_per_token");
        // llama.cpp tells sizes with two digits after the point of a megabyte.
        assertThat(memory.get("kv_cache_bytes").asInt()).isCloseTo(perToken * 512, within(5300));
        var vocabulary = file.get("vocabulary");
        assertThat(vocabulary.propertyNames()).containsExactly("type", "size", "padding", "special");
        assertThat(vocabulary.get("size").asInt()).isEqualTo(shape.vocabularySize());
        assertThat(vocabulary.get("special").has("eos")).isTrue();
    }

    @Test
    void describesAModelInWords() {
        var run = run(target, wider);
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains(target.toString(), "llama: 2 layers of width 64", "288 tokens", "can be combined");
    }

    @Test
    void addsUpWhatModelsTakeTogether() {
        var run = run("--json", "-c", "256", target, target, wider, adapter);
        var object = JsonMapper.shared().readTree(run.out());
        var files = object.get("files");
        var together = object.get("together");
        long target = files.get(0).get("memory").get("kv_cache_bytes").asLong();
        long wider = files.get(2).get("memory").get("kv_cache_bytes").asLong();
        assertThat(together.get("kv_cache_bytes").asLong()).isEqualTo(3 * target + wider);
        assertThat(together.get("weight_bytes").asLong())
                .isGreaterThan(files.get(0).get("memory").get("weight_bytes").asLong()
                        + files.get(2).get("memory").get("weight_bytes").asLong())
                .isLessThan(3 * files.get(0).get("memory").get("weight_bytes").asLong());
        assertThat(together.get("bytes").asLong())
                .isEqualTo(together.get("weight_bytes").asLong()
                        + together.get("kv_cache_bytes").asLong()
                        + together.get("compute_bytes").asLong()
                        + together.get("process_bytes").asLong());
    }

    @Test
    void tellsTheMemoryOfCachesByRole() {
        var files = json("--json", "-c", "256", "--expert-cache-type-k", "f32", target, wider, target);
        long whole = files.get(0).get("memory").get("kv_cache_bytes").asLong();
        long wide = files.get(1).get("memory").get("kv_cache_bytes").asLong();
        assertThat(wide).isCloseTo(whole * 3 / 2, within(11_000L));
        assertThat(files.get(2).get("memory").get("kv_cache_bytes").asLong()).isEqualTo(wide);
    }

    @Test
    void tellsWhatATokenReads() {
        var memory = json("--json", target).get(0).get("memory");
        long embedding = (long) Shape.tiny().vocabularySize() * Shape.tiny().width() * Float.BYTES;
        assertThat(memory.get("bytes_read_per_token").asLong())
                .isIn(
                        memory.get("weight_bytes").asLong(),
                        memory.get("weight_bytes").asLong() - embedding);
        assertThat(run(target, "--bandwidth", "100").out()).contains("at 100 GB/s at most", "tokens a second");
        assertThat(run(target, "--bandwidth", "-1").code()).isEqualTo(2);
    }

    @Test
    void saysThatAWiderVocabularyCanBeCombined() {
        var comparison = json("--json", target, wider).get(1).get("comparison");
        assertThat(comparison.propertyNames())
                .containsExactly("with", "fits", "verdict", "shared_ids", "extra_ids", "first_difference");
        assertThat(comparison.get("fits").asBoolean()).isTrue();
        assertThat(comparison.get("shared_ids").asInt()).isEqualTo(288);
        assertThat(comparison.get("extra_ids").asInt()).isEqualTo(12);
    }

    @Test
    void namesTheFirstTokenThatDiffers() {
        var comparison = json("--json", target, other).get(1).get("comparison");
        assertThat(comparison.get("fits").asBoolean()).isFalse();
        assertThat(comparison.get("verdict").asString())
                .startsWith("cannot: token id 270 is")
                .contains("elsewhere");
        assertThat(comparison.get("first_difference").get("id").asInt()).isEqualTo(270);
        assertThat(comparison.get("first_difference").get("second").asString()).isEqualTo("elsewhere");
    }

    @Test
    void describesAnAdapter() {
        var file = json("--json", adapter).get(0);
        assertThat(file.get("kind").asString()).isEqualTo("adapter");
        assertThat(file.get("rank").asInt()).isEqualTo(4);
        assertThat(file.get("adapted_tensors").asInt()).isEqualTo(1);
        assertThat(run(adapter).out()).contains("LoRA adapter", "rank 4");
    }

    @Test
    void saysWhetherAnAdapterFits() {
        var fits = json("--json", adapter, target).get(0).get("comparison");
        assertThat(fits.get("verdict").asString()).isEqualTo("can be applied");
        assertThat(fits.get("with").asString()).isEqualTo(target.toString());
    }

    @Test
    void namesAFileThatIsNoModel() throws IOException {
        Path file = Files.writeString(folder.resolve("text.gguf"), "no model");
        var run = run(target, file);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines()).singleElement().asString().contains(file.toString());
        assertThat(run(folder.resolve("missing")).errorLines())
                .singleElement()
                .asString()
                .contains("missing");
    }

    @Test
    void asksForAFile() {
        assertThat(run().code()).isEqualTo(2);
        assertThat(run(target, "-c", "-1").code()).isEqualTo(2);
    }
}
