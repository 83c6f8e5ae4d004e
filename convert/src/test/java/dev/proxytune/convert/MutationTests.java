package dev.proxytune.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a few changed bytes make of a folder, it is converted or refused in one line. */
class MutationTests {
    private static final int ROUNDS = 60;
    private static final int FRONT = 3000;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "llama3", "smollm", "qwen2", "gemma3", "lora"})
    void convertsOrRefusesAnyFolder(String name) throws IOException {
        var settings = ConvertSettings.defaults()
                .withBase(Fixtures.folder("llama-spm"))
                .withOverwrite(true);
        for (int seed = 0; seed < ROUNDS; seed++) {
            Path folder = Fixtures.copy(name, directory.resolve(name + seed));
            var random = new SplittableRandom(seed);
            mutate(folder, random);
            Path results = Files.createDirectories(directory.resolve("made"));
            Path made = results.resolve("model.gguf");
            try {
                Converter.convert(folder, made, settings);
            } catch (ProxyTuneException e) {
                assertThat(String.valueOf(e.getMessage()).lines())
                        .as("seed %s", seed)
                        .hasSize(1);
            } catch (RuntimeException | Error e) {
                fail("seed " + seed + " of " + name, e);
            }
            try (var left = Files.list(results)) {
                assertThat(left.filter(file -> !file.equals(made)))
                        .as("seed %s", seed)
                        .isEmpty();
            }
        }
    }

    private static void mutate(Path folder, SplittableRandom random) throws IOException {
        try (var files = Files.list(folder)) {
            var candidates = files.filter(file -> !file.toString().contains("expected")
                            && !file.toString().contains("reference"))
                    .sorted()
                    .toList();
            Path file = candidates.get(random.nextInt(candidates.size()));
            Broken.bytes(file, all -> {
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    int at = random.nextInt(Math.min(all.length, FRONT));
                    all[at] = random.nextBoolean()
                            ? (byte) random.nextInt(256)
                            : (byte) "0123456789\"[]{}:,-.eE tfn".charAt(random.nextInt(25));
                }
                return all;
            });
        }
    }
}
