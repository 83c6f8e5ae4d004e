package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.NumberArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestsTests {
    @TempDir
    private Path folder;

    private static Metadata.Builder metadata() {
        return Metadata.builder()
                .put("model", "gpt2")
                .putStrings("tokens", List.of("a", "bc", "d"))
                .put("types", NumberArray.of(1, 3, 1))
                .put("scores", NumberArray.of(0.5f, -1f, 2f))
                .put("adds", true)
                .putUnsigned("end", 2);
    }

    @Test
    void followFromEveryElementOfMetadata() {
        String digest = Digests.of(metadata().build());
        assertThat(digest).isEqualTo(Digests.of(metadata().build())).matches("sha256:[0-9a-f]{16}");
        assertThat(List.of(
                        metadata().put("model", "llama"),
                        metadata().putStrings("tokens", List.of("ab", "c", "d")),
                        metadata().putStrings("tokens", List.of("a", "bc", "e")),
                        metadata().put("types", NumberArray.of(1, 1, 1)),
                        metadata().put("scores", NumberArray.of(0.5f, -1f, 2.25f)),
                        metadata().put("adds", false),
                        metadata().putUnsigned("end", 1),
                        metadata().remove("end")))
                .extracting(changed -> Digests.of(changed.build()))
                .doesNotContain(digest)
                .doesNotHaveDuplicates();
    }

    @Test
    void followFromTheContentsOfFiles() throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "text");
        Path two = Files.writeString(folder.resolve("two"), "text");
        assertThat(Digests.of(List.of(one))).isEqualTo(Digests.of(List.of(two)));
        assertThat(Digests.of(List.of(one, two))).isNotEqualTo(Digests.of(List.of(one)));
        Files.writeString(two, "test");
        assertThat(Digests.of(List.of(one))).isNotEqualTo(Digests.of(List.of(two)));
    }

    @Test
    void nameAFileThatCannotBeRead() {
        Path missing = folder.resolve("missing");
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> Digests.of(List.of(missing)))
                .withMessageContaining(missing.toString());
    }
}
