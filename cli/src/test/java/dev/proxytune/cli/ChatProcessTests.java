package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Talks with a model that llama.cpp really runs, in a process of its own. */
class ChatProcessTests {
    /**
     * Runs a command on a terminal, and sends what stands beside each text once that text is shown. What is shown goes
     * to standard output, the exit code is the command's.
     */
    private static final String ON_A_TERMINAL = """
            import fcntl, json, os, pty, select, struct, sys, termios, time
            steps, command = json.loads(sys.argv[1]), sys.argv[2:]
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp(command[0], command)
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            seen, end = b"", time.time() + 120
            while time.time() < end:
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        some = os.read(terminal, 4096)
                    except OSError:
                        break
                    if not some:
                        break
                    os.write(1, some)
                    seen += some
                while steps and steps[0][0].encode() in seen:
                    seen = seen[seen.index(steps[0][0].encode()) + len(steps[0][0].encode()):]
                    os.write(terminal, steps.pop(0)[1].encode())
            else:
                os.kill(pid, 9)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """;

    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("tiny.gguf");
        SyntheticModel.of(Shape.tiny().withContextLength(60_000), 1).write(model);
    }

    private List<String> command(String... more) {
        List<String> command = new ArrayList<>(List.of("chat", "-m", model.toString(), "-t", "1"));
        command.addAll(List.of(more));
        return command;
    }

    @Test
    void endsAtTheSecondCtrlC() throws IOException, InterruptedException {
        Path file = folder.resolve("c.json");
        // The only token that would end an answer is banned.
        List<String> command = command("-p", "hello", "-c", "60000", "-n", "-1", "--until", "end", "-l", "2-inf", "-v");
        try (var child = ChildProcess.start("unlimited", command)) {
            assertThat(child.says("graph: nodes")).isTrue();
            child.signal("INT");
            assertThat(child.says("(stopped")).isTrue();
            child.type("/save " + file);
            assertThat(child.says("saved " + file)).isTrue();
            child.signal("INT");
            assertThat(child.end()).startsWith("130: ");
        }
        assertThat(file).isNotEmptyFile();
    }

    private String onATerminal(int code, List<List<String>> steps, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "python3",
                "-c",
                ON_A_TERMINAL,
                JsonMapper.shared().writeValueAsString(steps),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(command(more));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().put("TERM", "xterm");
        builder.environment().put("XDG_STATE_HOME", folder.resolve("state").toString());
        Process process = builder.start();
        String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(shown).isEqualTo(code);
        return shown;
    }

    @Test
    void keepsLinesForTheNextChatOnATerminal() throws IOException, InterruptedException {
        assumeTrue(hasPseudoTerminals(), "python3 with its module pty runs commands on a terminal");
        String first = onATerminal(
                0,
                List.of(
                        List.of("> ", "/tempp 0.5\033[D\033[D\033[D\033[D\b\r"),
                        List.of("e 0.5", ""),
                        List.of("> ", "\004")));
        assertThat(first).contains("tiny.gguf; /help", "temperature 0.5");
        Path history = folder.resolve("state/proxytune/chat_history");
        assertThat(history).content().isEqualTo("/temp 0.5\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history.getParent())))
                .isEqualTo("rwx------");

        String second =
                onATerminal(130, List.of(List.of("> ", "\033[A\r"), List.of("e 0.5", ""), List.of("> ", "\003")));
        assertThat(second).contains("temperature 0.5");
    }

    @Test
    void keepsNothingIfToldSo() throws IOException, InterruptedException {
        assumeTrue(hasPseudoTerminals(), "python3 with its module pty runs commands on a terminal");
        onATerminal(
                0,
                List.of(List.of("> ", "/temp 0.5\r"), List.of("e 0.5", ""), List.of("> ", "/quit\r")),
                "--no-history");
        assertThat(folder.resolve("state")).doesNotExist();
    }

    private static boolean hasPseudoTerminals() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "-c", "import pty; pty.openpty()")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
