package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class ConvertCommandTests {
    private static final Path FOLDERS = Path.of("../convert/src/test/resources/dev/proxytune/convert/folders");

    @TempDir
    private Path directory;

    private static CommandRun run(Object... args) {
        var all = Stream.concat(Stream.of("convert"), Arrays.stream(args).map(Object::toString));
        return CommandRun.with(new LlamaLoader()).run(all.toArray(String[]::new));
    }

    @Test
    void convertsAModelThatThenAnswers() {
        Path file = directory.resolve("model.gguf");
        var run = run(FOLDERS.resolve("llama3"), "--out", file);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .startsWith(file + "\n  llama model, 21 tensors, BF16, ")
                .hasLineCount(2);
        var answer = CommandRun.with(new LlamaLoader())
                .run("generate", "-m", file.toString(), "-p", "the river", "-n", "4", "-t", "1");
        assertThat(answer.code()).isZero();
    }

    @Test
    void namesTheFileAfterTheFolderInADirectory() {
        assertThat(run(FOLDERS.resolve("qwen3"), "-o", directory).code()).isZero();
        assertThat(run(FOLDERS.resolve("qwen3"), "-o", directory, "--type", "q8_0")
                        .code())
                .isZero();
        assertThat(directory.toFile().list()).containsExactlyInAnyOrder("qwen3-F16.gguf", "qwen3-Q8_0.gguf");
    }

    @Test
    void tellsTheSameInJson() {
        Path file = directory.resolve("adapter.gguf");
        var run = run(FOLDERS.resolve("lora"), "-o", file, "--base", FOLDERS.resolve("llama-spm"), "--json");
        assertThat(run.err()).isEmpty();
        var json = JsonMapper.shared().readTree(run.out());
        assertThat(json.propertyNames())
                .containsExactly("file", "kind", "architecture", "type", "tensors", "file_bytes", "notes", "seconds");
        assertThat(json.get("kind").asString()).isEqualTo("adapter");
        assertThat(json.get("tensors").asInt()).isEqualTo(14);
        assertThat(GgufFile.readHeader(file).isAdapter()).isTrue();
    }

    @Test
    void replacesAFileOnlyIfForced() throws IOException {
        Path file = Files.writeString(directory.resolve("model.gguf"), "mine");
        var refused = run(FOLDERS.resolve("smollm"), "-o", file);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.errorLines()).singleElement().asString().contains(file.toString(), "--force");
        assertThat(file).hasContent("mine");
        assertThat(run(FOLDERS.resolve("smollm"), "-o", file, "--force").code()).isZero();
        assertThat(GgufFile.readHeader(file).tensors()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"q4_k", "Q5_K_M", "int4"})
    void leavesSmallerTypesToTheQuantizer(String type) {
        var refused = run(FOLDERS.resolve("smollm"), "-o", directory.resolve("model.gguf"), "--type", type);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.errorLines()).singleElement().asString().contains("--type", "quantize");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void refusesWrongUse() {
        assertThat(run().code()).isEqualTo(2);
        assertThat(run(FOLDERS.resolve("smollm"), "--pre", "no such name").code())
                .isEqualTo(2);
        var missing = run(directory.resolve("nothing"), "-o", directory.resolve("model.gguf"));
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.errorLines()).singleElement().asString().contains("nothing", "config.json");
    }
}
