package dev.proxytune.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hold what a command left behind.
 *
 * @param code the exit code
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record CommandRun(int code, String out, String err) {

    List<String> errorLines() {
        return err.lines().toList();
    }

    /** Start to describe a run: no terminals, an empty environment and standard input. */
    static Setup with(ModelLoader loader) {
        return new Setup(loader);
    }

    /** The world that a command runs in. */
    static final class Setup {
        private final ModelLoader loader;
        private final Map<String, String> environment = new HashMap<>();
        private Terminals terminals = Terminals.NONE;
        private InputStream in = InputStream.nullInputStream();

        private Setup(ModelLoader loader) {
            this.loader = loader;
        }

        Setup terminals(Terminals value) {
            terminals = value;
            return this;
        }

        Setup variable(String name, String value) {
            environment.put(name, value);
            return this;
        }

        Setup in(byte[] bytes) {
            in = new ByteArrayInputStream(bytes);
            return this;
        }

        CommandRun run(String... args) {
            var out = new ByteArrayOutputStream();
            var err = new ByteArrayOutputStream();
            int code = Main.run(new Console(in, out, err, terminals, environment), loader, args);
            return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }
    }
}
