package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
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
