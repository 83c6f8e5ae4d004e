package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialFileTests {
    @TempDir
    private Path folder;

    @Test
    void takesItsNameWhenComplete() throws IOException {
        Path file = folder.resolve("file");
        try (var part = new PartialFile(file)) {
            assertThat(folder).isEmptyDirectory();
            Files.writeString(part.path(), "text");
            assertThat(file).doesNotExist();
            part.complete(false);
        }
        assertThat(file).hasContent("text");
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void leavesNothingUnlessComplete() throws IOException {
        try (var part = new PartialFile(folder.resolve("file"))) {
            Files.writeString(part.path(), "text");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void replacesAFileOnlyIfAllowed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "old");
        try (var part = new PartialFile(file)) {
            Files.writeString(part.path(), "new");
            assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> part.complete(false));
            assertThat(file).hasContent("old");
            part.complete(true);
        }
        assertThat(file).hasContent("new");
    }

    @Test
    void replacesNoFolder() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        try (var part = new PartialFile(inner)) {
            Files.writeString(part.path(), "text");
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> part.complete(true))
                    .satisfies(e -> assertThat(PartialFile.reason(e)).isEqualTo("it is a folder"));
        }
        assertThat(inner).isEmptyDirectory();
    }

    @Test
    void replacesNoPipeNorDevice() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "this system has no named pipes");
        try (var part = new PartialFile(pipe)) {
            Files.writeString(part.path(), "text");
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> part.complete(true))
                    .satisfies(e -> assertThat(PartialFile.reason(e)).isEqualTo("it is no regular file"));
        }
        assertThat(Files.isRegularFile(pipe)).isFalse();
        assertThat(pipe).exists();
    }

    @Test
    void writesWhereALinkLeads() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Path file = Files.writeString(other.resolve("file"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        try (var part = new PartialFile(link)) {
            Files.writeString(part.path(), "new");
            part.complete(true);
        }
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
    }

    @Test
    void deletesWhatKilledProcessesLeftOfAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        String unique = "0c5f1a52-8c1e-4a53-9a55-0d6b8a1f2f60";
        Path left = Files.createFile(folder.resolve(".file." + unique + ".part"));
        for (String other :
                List.of(".file.part", ".file.x." + unique + ".part", "file." + unique + ".part", ".file." + unique)) {
            Files.createFile(folder.resolve(other));
        }
        PartialFile.deleteAbandoned(file);
        assertThat(left).doesNotExist();
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(5).contains(file);
        }
        assertThatCode(() -> PartialFile.deleteAbandoned(folder.resolve("missing/file")))
                .doesNotThrowAnyException();
    }
}
