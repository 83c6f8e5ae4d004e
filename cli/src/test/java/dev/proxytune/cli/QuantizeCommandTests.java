package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class QuantizeCommandTests {
    @TempDir
    private Path folder;

    private Path model;
    private Path result;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("model.gguf");
        result = folder.resolve("result.gguf");
        SyntheticModel.of(Shape.tiny(), 1).write(model);
    }

    private static CommandRun run(Object... args) {
        String[] all = new String[args.length + 3];
        all[0] = "quantize";
        all[1] = "--threads";
        all[2] = "1";
        for (int i = 0; i < args.length; i++) {
            all[i + 3] = args[i].toString();
        }
        return CommandRun.with(new LlamaLoader()).run(all);
    }

    @Test
    void storesAModelInFewerBits() {
        var run = run(model, result, "q8_0");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).startsWith(result + "\n  Q8_0, ").endsWith(" s\n").hasLineCount(2);
        assertThat(GgufFile.readHeader(result)
                        .tensor("token_embd.weight")
                        .orElseThrow()
                        .type())
                .isEqualTo(TensorType.Q8_0);
    }

    @Test
    void tellsTheSameInJson() {
        var json = JsonMapper.shared()
                .readTree(run(model, result, "Q4_K_M", "--json").out());
        assertThat(json.propertyNames())
                .containsExactly("file", "type", "source_bytes", "file_bytes", "fallback_tensors", "seconds");
        assertThat(json.get("type").asString()).isEqualTo("Q4_K_M");
        assertThat(json.get("source_bytes").asLong()).isEqualTo(model.toFile().length());
        assertThat(json.get("file_bytes").asLong()).isEqualTo(result.toFile().length());
        // The embedding, and 7 matrices in each of 2 layers: their rows of 64 and 128 are no blocks of 256.
        assertThat(json.get("fallback_tensors").asInt()).isEqualTo(15);
    }

    @Test
    void saysThatRowsDoNotFit() {
        assertThat(run(model, result, "Q6_K").out()).contains("15 matrices").hasLineCount(3);
    }

    @Test
    void replacesAFileOnlyIfForced() throws IOException {
        Files.writeString(result, "mine");
        var refused = run(model, result, "Q8_0");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.errorLines()).singleElement().asString().contains(result.toString(), "--force");
        assertThat(result).hasContent("mine");
        assertThat(run(model, result, "Q8_0", "--force").code()).isZero();
        assertThat(GgufFile.readHeader(result).tensors()).isNotEmpty();
    }

    @Test
    void quantizesAgainOnlyIfAllowed() {
        run(model, result, "Q8_0");
        Path again = folder.resolve("again.gguf");
        var refused = run(result, again, "Q4_0");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.errorLines()).singleElement().asString().contains("--allow-requantize");
        assertThat(run(result, again, "Q4_0", "--allow-requantize").code()).isZero();
    }

    @Test
    void refusesWrongUse() {
        assertThat(run(model, result, "Q9_X").errorLines())
                .singleElement()
                .asString()
                .contains("Q4_K_M", "Q9_X");
        assertThat(run(model, result, "Q9_X").code()).isEqualTo(2);
        assertThat(run(model, result).code()).isEqualTo(2);
        assertThat(run(model, result, "Q8_0", "-t", "-1").code()).isEqualTo(2);
        assertThat(run(folder.resolve("missing"), result, "Q8_0").code()).isEqualTo(1);
        assertThat(result).doesNotExist();
    }
}
