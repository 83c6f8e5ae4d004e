package dev.proxytune.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The committed folders, and what llama.cpp makes of them, come from the committed script.
 *
 * <p>Needs {@code PROXYTUNE_PYTHON}, a Python with transformers, peft, sentencepiece and torch, and
 * {@code LLAMA_CPP_SOURCE}, the source of llama.cpp v0.5.0.
 */
class PythonConverterTests {
    private static final List<String> NAMES = List.of("llama-spm", "llama3", "smollm", "qwen2", "qwen3", "gemma3");

    @TempDir
    private Path directory;

    @Test
    void makesTheSameFoldersAndExpectationsAgain() throws Exception {
        var python = Optional.ofNullable(System.getenv("PROXYTUNE_PYTHON"));
        var source = Optional.ofNullable(System.getenv("LLAMA_CPP_SOURCE"));
        assumeTrue(
                python.isPresent() && source.isPresent(),
                "PROXYTUNE_PYTHON and LLAMA_CPP_SOURCE are not set, so llama.cpp's converter is not run");
        run(python.get(), "make", directory.toString());
        run(python.get(), "expect", source.get(), directory.toString());
        for (String name : NAMES) {
            for (Path expected : expectations(name)) {
                assertThat(Fixtures.expected(directory.resolve(name).resolve(expected.getFileName())))
                        .as(name)
                        .isEqualTo(Fixtures.expected(expected));
            }
        }
    }

    private static List<Path> expectations(String name) throws IOException {
        try (var files = Files.list(Fixtures.folder(name))) {
            return files.filter(file -> String.valueOf(file.getFileName()).startsWith("expected."))
                    .toList();
        }
    }

    private static void run(String python, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(python, "src/test/python/fixtures.py"));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HF_HUB_OFFLINE", "1");
        var process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
