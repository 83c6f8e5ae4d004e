package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.Sampling;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads what a user has to say, and does it, until there is no more. */
final class ChatLoop {
    private static final String PROMPT = "> ";
    private static final String MORE = "… ";
    private static final String QUOTES = "\"\"\"";
    private static final String FORCE = "--force";

    private final Console console;
    private final ChatInput input;
    private final ChatSession session;
    private final boolean colored;
    private boolean failed;
    private boolean ended;

    /**
     * Begin.
     *
     * @param colored whether colours are welcome
     */
    ChatLoop(Console console, ChatInput input, ChatSession session, boolean colored) {
        this.console = console;
        this.input = input;
        this.session = session;
        this.colored = colored;
    }

    /**
     * Go on until the end.
     *
     * @param first what to ask before anything is read
     * @return the exit code
     */
    int run(Optional<String> first) {
        first.ifPresent(question -> attempt(() -> session.ask(question)));
        while (!ended) {
            ChatLine line;
            try {
                line = next();
            } catch (MalformedTextException e) {
                fail(e);
                continue;
            }
            switch (line) {
                case ChatLine.Text(var text) -> attempt(() -> take(text));
                case ChatLine.Block(var text) -> attempt(() -> ask(text));
                case ChatLine.End() -> ended = true;
                case ChatLine.Interrupted() -> {
                    return ExitCodes.INTERRUPTED;
                }
            }
        }
        // Who types has seen it; a script has not.
        return failed && !console.terminals().in() ? ExitCodes.FAILURE : ExitCodes.OK;
    }

    private void attempt(Runnable action) {
        try {
            action.run();
        } catch (OutputException e) {
            throw e;
        } catch (ProxyTuneException e) {
            fail(e);
        }
    }

    private void fail(ProxyTuneException e) {
        failed = true;
        console.say(Errors.oneLine(String.valueOf(e.getMessage())));
    }

    /** Return what the user has to say next, which may take several lines. */
    private ChatLine next() {
        ChatLine line = input.read(PROMPT);
        if (!(line instanceof ChatLine.Text(var text))) {
            return line;
        }
        if (text.strip().startsWith(QUOTES)) {
            return block(text.strip().substring(QUOTES.length()));
        }
        return text.endsWith("\\") ? joined(text) : line;
    }

    private ChatLine block(String start) {
        var block = new StringBuilder();
        String line = start;
        while (!line.stripTrailing().endsWith(QUOTES)) {
            block.append(line).append('\n');
            ChatLine next = input.read(MORE);
            if (!(next instanceof ChatLine.Text(var text))) {
                if (next instanceof ChatLine.End) {
                    fail(new InputException("The text that began with " + QUOTES + " has no end; it was not asked"));
                }
                return next;
            }
            line = text;
        }
        String last = line.stripTrailing();
        block.append(last, 0, last.length() - QUOTES.length());
        // Quotes on lines of their own are no part of the text.
        String text = block.toString();
        return new ChatLine.Block(text.startsWith("\n") ? text.substring(1).stripTrailing() : text);
    }

    private ChatLine joined(String first) {
        var joined = new StringBuilder();
        String line = first;
        while (line.endsWith("\\")) {
            joined.append(line, 0, line.length() - 1).append('\n');
            ChatLine next = input.read(MORE);
            if (next instanceof ChatLine.Interrupted) {
                return next;
            }
            line = next instanceof ChatLine.Text(var text) ? text : "";
        }
        return new ChatLine.Text(joined + line);
    }

    private void take(String text) {
        if (text.startsWith("/")) {
            command(text.strip());
        } else {
            ask(text);
        }
    }

    private void ask(String text) {
        if (!text.isBlank()) {
            session.ask(text.strip());
        }
    }

    private void command(String line) {
        String[] parts = line.split("\\s+", 2);
        String word = parts[0].toLowerCase(Locale.ROOT);
        String rest = parts.length == 1 ? "" : parts[1];
        boolean force = word.equals(ChatVerb.SAVE.word() + "!");
        ChatVerb verb = force
                ? ChatVerb.SAVE
                : ChatVerb.of(word)
                        .orElseThrow(() -> new InputException("There is no command " + parts[0] + "; "
                                + ChatVerb.nearest(word)
                                        .map(near -> "did you mean " + near.word() + "? ")
                                        .orElse("")
                                + "/help lists them, and a question that begins with / has a space before it"));
        switch (verb) {
            case HELP -> help();
            case ALPHA -> alpha(rest);
            case COMPARE -> session.compare(Optional.of(rest).filter(question -> !question.isEmpty()));
            case TRACE -> trace(rest);
            case SYSTEM -> system(rest);
            case TEMP -> temperature(rest);
            case SEED -> seed(rest);
            case SAVE -> save(rest, force);
            case LOAD -> load(rest);
            case RETRY -> session.retry();
            case UNDO -> undo();
            case CLEAR -> {
                session.transcript().clear();
                console.say("a new conversation");
            }
            case QUIT -> ended = true;
        }
    }

    private void help() {
        int width = Stream.of(ChatVerb.values())
                .mapToInt(verb -> verb.usage().length())
                .max()
                .orElse(0);
        for (ChatVerb verb : ChatVerb.values()) {
            console.say(verb.usage() + " ".repeat(width - verb.usage().length() + 2) + verb.summary());
        }
        console.say("Anything else is a question. A line that ends in \\ goes on in the next; " + QUOTES
                + " begins and ends a longer text. Ctrl-C stops an answer.");
    }

    private void alpha(String text) {
        int pairs = session.pairs();
        if (pairs == 0) {
            throw new InputException("There is nothing to weigh: the model has no experts");
        }
        if (!text.isEmpty()) {
            List<Float> alphas = new ArrayList<>();
            for (String number : text.split("[\\s,]+", -1)) {
                alphas.add(number(ChatVerb.ALPHA, number));
            }
            if (alphas.size() != 1 && alphas.size() != pairs) {
                throw new InputException("/alpha: " + alphas.size() + " numbers for " + pairs
                        + (pairs == 1 ? " pair" : " pairs") + ": give one for all, or one for each");
            }
            session.set(session.settings()
                    .withAlphas(alphas.size() == 1 ? Collections.nCopies(pairs, alphas.getFirst()) : alphas));
        }
        console.say("α = " + session.settings().alphaText());
    }

    private static float number(ChatVerb verb, String text) {
        try {
            float number = Float.parseFloat(text);
            if (Float.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new InputException(verb.word() + " takes finite numbers, such as 0.7; got: " + text);
    }

    private void trace(String text) {
        boolean on = switch (text) {
            case "on" -> true;
            case "off" -> false;
            case "" -> !session.settings().trace();
            default -> throw new InputException("/trace takes on or off, got: " + text);
        };
        session.set(session.settings().withTrace(on));
        console.say(on ? (colored ? TraceColors.legend() : "trace on") : "trace off");
    }

    private void system(String text) {
        Transcript transcript = session.transcript();
        if (!text.isEmpty()) {
            transcript.setSystem(text.equals("-") ? Optional.empty() : Optional.of(text));
        }
        console.say(transcript.system().map(system -> "system: " + system).orElse("no system message"));
    }

    private void temperature(String text) {
        Sampling sampling = session.settings().sampling();
        if (!text.isEmpty()) {
            float temperature = number(ChatVerb.TEMP, text);
            try {
                sampling = sampling.withTemperature(temperature);
            } catch (IllegalArgumentException e) {
                throw new InputException("/temp: " + e.getMessage(), e);
            }
            session.set(session.settings().withSampling(sampling));
        }
        console.say("temperature " + ChatSettings.text(sampling.temperature()));
    }

    private void seed(String text) {
        if (!text.isEmpty()) {
            try {
                session.seed(Long.parseLong(text));
            } catch (NumberFormatException e) {
                throw new InputException("/seed takes a whole number, got: " + text, e);
            }
        }
        console.say("seed " + session.settings().sampling().seed());
    }

    private void save(String text, boolean replace) {
        boolean force = text.equals(FORCE) || text.startsWith(FORCE + " ");
        Path file = file(ChatVerb.SAVE, force ? text.substring(FORCE.length()).strip() : text);
        ConversationFile.write(session.transcript().whole(), file, replace || force);
        console.say("saved " + file);
    }

    private void load(String text) {
        Path file = file(ChatVerb.LOAD, text);
        session.transcript().replace(ConversationFile.read(file, console));
        int turns = session.transcript().turns();
        console.say("loaded " + turns + (turns == 1 ? " question" : " questions") + " from " + file
                + (session.transcript().isAnswered() ? "" : "; /retry answers the last"));
    }

    private Path file(ChatVerb verb, String text) {
        if (text.isEmpty()) {
            throw new InputException(verb.word() + " needs the name of a file");
        }
        try {
            return text.startsWith("~/")
                    ? Path.of(console.variable("HOME").orElse("~"), text.substring(2))
                    : Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException(verb.word() + ": " + e.getMessage(), e);
        }
    }

    private void undo() {
        String question =
                session.transcript().lastQuestion().orElseThrow(() -> new InputException("There is nothing to undo"));
        session.transcript().undo();
        console.say("dropped: " + Errors.oneLine(question));
    }
}
