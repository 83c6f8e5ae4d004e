package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingOutputTests {
    @TempDir
    private Path folder;

    private TrainingOutput fresh;
    private TrainingOutput forced;
    private TrainingOutput resumed;

    @BeforeEach
    void name() {
        Path file = folder.resolve("model.gguf");
        fresh = new TrainingOutput(file, false, false);
        forced = new TrainingOutput(file, true, false);
        resumed = new TrainingOutput(file, false, true);
    }

    private static void refuses(TrainingOutput output, String... words) {
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(output::prepare)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).contains(words));
    }

    private static LossCurve curve() {
        var curve = new LossCurve(16);
        curve.add(new LossCurve.Point(3.5f, Float.NaN, 0.01f, 1.25f));
        return curve;
    }

    @Test
    void preparesWithoutATrace() {
        fresh.prepare();
        forced.prepare();
        resumed.prepare();
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".loss.csv", ".loss.svg"})
    void replacesNothingUnlessForced(String ending) throws IOException {
        Path mine = Files.writeString(folder.resolve("model.gguf" + ending), "mine");
        refuses(fresh, mine.toString(), "exists", "--force");
        refuses(resumed, mine.toString(), "exists", "--force");
        forced.prepare();
        forced.begin();
        assertThat(mine).hasContent("mine");
    }

    @Test
    void goesOnFromACheckpointOnlyIfAsked() throws IOException {
        Files.writeString(fresh.checkpoint(), "checkpoint");
        refuses(fresh, fresh.checkpoint().toString(), "--resume", "--force");
        resumed.prepare();
        assertThat(resumed.begin()).isTrue();
        assertThat(resumed.checkpoint()).hasContent("checkpoint");
        forced.prepare();
        assertThat(forced.checkpoint()).hasContent("checkpoint");
        assertThat(forced.begin()).isFalse();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void letsAResumedRunReplaceWhatItsBeginningWasAllowedTo() throws IOException {
        Files.writeString(resumed.checkpoint(), "checkpoint");
        for (Path file : List.of(resumed.file(), resumed.table(), resumed.drawing())) {
            Files.writeString(file, "of before");
        }
        resumed.prepare();
        assertThat(resumed.begin()).isTrue();
    }

    @Test
    void beginsAnewIfThereIsNothingToResume() {
        resumed.prepare();
        assertThat(resumed.begin()).isFalse();
    }

    @Test
    void clearsAwayWhatKilledRunsLeft() throws IOException {
        String unique = "0c5f1a52-8c1e-4a53-9a55-0d6b8a1f2f60";
        Path half = Files.createFile(folder.resolve(".model.gguf.checkpoint." + unique + ".part"));
        Path other = Files.createFile(folder.resolve(".other.gguf." + unique + ".part"));
        fresh.prepare();
        assertThat(half).exists();
        fresh.begin();
        assertThat(half).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void wantsAFolderThatIsThere() {
        Path missing = folder.resolve("missing");
        refuses(new TrainingOutput(missing.resolve("model.gguf"), true, false), missing.toString(), "create");
        refuses(new TrainingOutput(folder, true, false), folder.toString(), "it is a folder");
        assertThat(missing).doesNotExist();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void wantsAFolderThatTakesFiles() {
        refuses(new TrainingOutput(Path.of("/proc/model.gguf"), true, false), "/proc/model.gguf", "another folder");
        Path long1 = folder.resolve("m".repeat(220));
        refuses(new TrainingOutput(long1, true, false), "shorter name");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void replacesNoDevices() {
        refuses(new TrainingOutput(Path.of("/dev/null"), true, false), "/dev/null", "no regular file");
    }

    @Test
    void replacesNoFolderThatHasTheNameOfAByproduct() throws IOException {
        Files.createDirectory(forced.table());
        refuses(forced, forced.table().toString(), "no regular file");
        Files.delete(forced.table());
        Files.createDirectory(forced.checkpoint());
        refuses(forced, forced.checkpoint().toString(), "no regular file");
    }

    @Test
    void replacesNothingThatIsRead() throws IOException {
        Path input = Files.writeString(forced.file(), "corpus");
        Path alias = folder.resolve("alias");
        Files.createSymbolicLink(alias, input);
        for (Path same : List.of(input, alias, folder.resolve("../" + folder.getFileName() + "/model.gguf"))) {
            assertThatExceptionOfType(ProxyTuneException.class)
                    .isThrownBy(() -> forced.requireApartFrom(List.of(folder.resolve("missing"), same)))
                    .withMessageContainingAll(forced.file().toString(), "is read");
        }
        Path other = Files.writeString(folder.resolve("other"), "corpus");
        assertThatCode(() -> forced.requireApartFrom(List.of(other))).doesNotThrowAnyException();
    }

    @Test
    void finishesWithTableAndDrawingAndWithoutCheckpoint() throws IOException {
        Files.writeString(fresh.checkpoint(), "checkpoint");
        fresh.finish(curve());
        assertThat(fresh.table()).hasContent(curve().csv());
        assertThat(fresh.drawing()).content().contains("<svg");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(fresh.table(), fresh.drawing());
        }
    }

    @Test
    void keepsTheCheckpointIfTheTableCannotBeWritten() throws IOException {
        Files.writeString(fresh.checkpoint(), "checkpoint");
        Files.createDirectories(fresh.table().resolve("in the way"));
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> fresh.finish(curve()))
                .withMessageContaining(fresh.table().toString());
        assertThat(fresh.checkpoint()).exists();
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(fresh.table(), fresh.checkpoint());
        }
    }
}
