package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTests {
    @TempDir
    Path folder;

    @AfterEach
    void forget() {
        System.clearProperty(NativeFolder.PROPERTY);
    }

    @Test
    void takesTheFolderThatThePropertyNames() {
        System.setProperty(NativeFolder.PROPERTY, folder.toString());
        assertThat(NativeFolder.find().path()).isEqualTo(folder);
        assertThat(NativeFolder.find().origin()).contains(NativeFolder.PROPERTY);
    }

    @Test
    void refusesAFolderThatIsNotThere() {
        System.setProperty(NativeFolder.PROPERTY, folder.resolve("none").toString());
        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(NativeFolder::find)
                .withMessageContaining("none")
                .withMessageContaining(NativeFolder.PROPERTY)
                .withMessageContaining("0.5.0");
    }

    @Test
    void refusesAFolderWithoutLibraries() {
        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> LlamaLibrary.open(new NativeFolder(folder, "a test")))
                .withMessageContaining(folder.toString())
                .withMessageContaining("a test");
    }

    @Test
    void saysWhyALibraryCannotBeLoaded() throws IOException {
        String name = NativeFolder.isWindows() ? "llama.dll" : NativeFolder.isMac() ? "libllama.dylib" : "libllama.so";
        Files.writeString(folder.resolve(name), "no library");
        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> LlamaLibrary.open(new NativeFolder(folder, "a test")))
                .withMessageContaining(name)
                .withMessageNotContaining("not known")
                .withMessageNotContaining("\n");
    }

    @Test
    void unpacksTheJarOnceAndRepairsWhatIsDamaged() throws IOException {
        var unpacked = NativeJar.extract(NativeFolder.platform(), folder);
        assumeTrue(unpacked.isPresent(), "The jar was built without libraries, since LLAMA_CPP_LIB_DIR is set");
        Path library =
                new NativeFolder(unpacked.get(), "a test").library("llama").orElseThrow();
        var written = Files.getLastModifiedTime(library);

        assertThat(NativeJar.extract(NativeFolder.platform(), folder)).isEqualTo(unpacked);
        assertThat(Files.getLastModifiedTime(library)).isEqualTo(written);

        long size = Files.size(library);
        Files.writeString(library, "damaged");
        assertThat(NativeJar.extract(NativeFolder.platform(), folder)).isEqualTo(unpacked);
        assertThat(library).hasSize(size);
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(unpacked.get());
        }
    }

    @Test
    void findsNothingForAnUnknownPlatform() {
        assertThat(NativeJar.extract("amiga-m68k", folder)).isEmpty();
    }
}
