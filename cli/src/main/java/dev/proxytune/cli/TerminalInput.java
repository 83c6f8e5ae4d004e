package dev.proxytune.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;

/** Reads lines that can be edited, and taken from earlier ones. The only class that loads JLine. */
final class TerminalInput implements ChatInput {
    private static final int MOST_LINES = 10_000;
    private static final Size USUAL = Size.of(80, 24);

    private final Terminal terminal;
    private final LineReader reader;

    private TerminalInput(Terminal terminal, LineReader reader) {
        this.terminal = terminal;
        this.reader = reader;
    }

    /**
     * Take over the terminal of this process, which shows prompts where standard error goes.
     *
     * @param history a file with the lines of earlier chats, which gets those of this one
     * @throws IOException if there is no terminal that lines can be edited on
     */
    static TerminalInput open(Optional<Path> history) throws IOException {
        // JLine would take over signals for good; they are lent to it for the time of a line.
        Terminal terminal = TerminalBuilder.builder()
                .system(true)
                .systemOutput(TerminalBuilder.SystemOutput.SysErr)
                .encoding(StandardCharsets.UTF_8)
                .dumb(false)
                .nativeSignals(false)
                // Asking the terminal what it can do keeps the first prompt waiting for one that does not answer.
                .graphemeCluster(false)
                .build();
        if (terminal.getSize().getColumns() <= 0) {
            // A terminal that nobody looks at may have no size, and no line fits into that.
            terminal.setSize(USUAL);
        }
        List<String> words = Stream.of(ChatVerb.values()).map(ChatVerb::word).toList();
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("proxytune")
                .completer(new StringsCompleter(words))
                // What is typed is no shell's language: quotes and backslashes stay.
                .parser(new DefaultParser().escapeChars(null).quoteChars(new char[0]))
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.HISTORY_TIMESTAMPED, false)
                .option(LineReader.Option.INSERT_TAB, false)
                .variable(LineReader.HISTORY_SIZE, MOST_LINES)
                .variable(LineReader.HISTORY_FILE_SIZE, MOST_LINES);
        history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        LineReader reader = builder.build();
        // Arrows as some terminals send them, whatever they were told.
        KeyMap<Binding> keys = Objects.requireNonNull(reader.getKeyMaps().get(LineReader.MAIN));
        keys.bind(new Reference(LineReader.UP_LINE_OR_HISTORY), "\033[A");
        keys.bind(new Reference(LineReader.DOWN_LINE_OR_HISTORY), "\033[B");
        keys.bind(new Reference(LineReader.FORWARD_CHAR), "\033[C");
        keys.bind(new Reference(LineReader.BACKWARD_CHAR), "\033[D");
        return new TerminalInput(terminal, reader);
    }

    @Override
    public ChatLine read(String prompt) {
        Object interrupt = Signals.register("INT", () -> terminal.raise(Terminal.Signal.INT));
        Object resize = Signals.register("WINCH", () -> terminal.raise(Terminal.Signal.WINCH));
        try {
            return new ChatLine.Text(reader.readLine(prompt));
        } catch (UserInterruptException e) {
            return new ChatLine.Interrupted();
        } catch (EndOfFileException e) {
            return new ChatLine.End();
        } finally {
            Signals.unregister("WINCH", resize);
            Signals.unregister("INT", interrupt);
        }
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            throw new InputException("The terminal cannot be given back: " + e.getMessage(), e);
        }
    }
}
