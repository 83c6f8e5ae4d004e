package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.Utf8Lines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads files of tuning data into examples.
 *
 * <p>Prompts and completions are taken as they stand: the ids of the prompt, those of the completion and the token that
 * ends a text; completion and end count. Immutable; reads by one thread.
 */
public final class ExampleReader {
    private static final int MOST_FAULTS = 5;

    private final TextEncoder encoder;
    private final int length;
    private final DataFormat format;
    private final boolean skipBad;
    private final Optional<ChatRenderer> renderer;

    private ExampleReader(
            TextEncoder encoder, int length, DataFormat format, boolean skipBad, Optional<ChatRenderer> renderer) {
        this.encoder = encoder;
        this.length = length;
        this.format = format;
        this.skipBad = skipBad;
        this.renderer = renderer;
    }

    /**
     * Create a reader that finds out formats and refuses bad lines.
     *
     * @param encoder used while reading; stays open
     * @param length tokens of a row, at least 2, which every example must fit into; running text is cut to it
     */
    public static ExampleReader of(TextEncoder encoder, int length) {
        if (length < 2) {
            throw new IllegalArgumentException("a row needs at least 2 tokens, got " + length);
        }
        return new ExampleReader(encoder, length, DataFormat.AUTO, false, Optional.empty());
    }

    /** Return a reader of files of this format. */
    public ExampleReader withFormat(DataFormat other) {
        return new ExampleReader(encoder, length, other, skipBad, renderer);
    }

    /** Return a reader that leaves out lines that make no example, and counts them; or one that refuses them. */
    public ExampleReader withSkipBad(boolean skips) {
        return new ExampleReader(encoder, length, format, skips, renderer);
    }

    /** Return a reader that knows how the model wants to read conversations. */
    public ExampleReader withRenderer(ChatRenderer other) {
        return new ExampleReader(encoder, length, format, skipBad, Optional.of(other));
    }

    /**
     * Read files, one after the other.
     *
     * @throws ProxyTuneException if a file cannot be read or has no example; unless bad lines are skipped, if one is no
     *     UTF-8, of another form, has nothing to learn or is longer than a row
     */
    public Examples read(List<Path> files) {
        var found = new Found(new ArrayList<>(), new ArrayList<>(), skipBad);
        for (Path file : files) {
            int before = found.examples.size();
            long skipped = found.skipped;
            switch (format.of(file)) {
                case TEXT -> readText(file, found);
                case GSM8K -> readLines(file, new LineReader.Gsm8k(encoder), found);
                case JSONL, AUTO -> readLines(file, new LineReader.Json(encoder, renderer), found);
            }
            if (found.examples.size() == before) {
                throw nothing(file, found.skipped - skipped, found.faults);
            }
        }
        return new Examples(found.examples, found.skipped, found.faults);
    }

    private static ProxyTuneException nothing(Path file, long skipped, List<String> faults) {
        String reason = skipped == 0 ? "" : ", as all " + skipped + " lines are bad; the first: " + faults.getFirst();
        return new ProxyTuneException(file + ": there is no example to learn from" + reason);
    }

    private static final class Found {
        private final List<Example> examples;
        private final List<String> faults;
        private final boolean skips;
        private long skipped;

        private Found(List<Example> examples, List<String> faults, boolean skips) {
            this.examples = examples;
            this.faults = faults;
            this.skips = skips;
        }

        private void fault(String place, String reason) {
            String fault = place + ": " + reason;
            if (!skips) {
                throw new ProxyTuneException(fault);
            }
            skipped++;
            if (faults.size() < MOST_FAULTS) {
                faults.add(fault);
            }
        }
    }

    private void readLines(Path file, LineReader reader, Found found) {
        try (var lines = Utf8Lines.open(file)) {
            for (var line = lines.next(); line.isPresent(); line = lines.next()) {
                switch (line.get()) {
                    case Utf8Lines.Fault(String reason) -> found.fault(lines.place(), reason);
                    case Utf8Lines.Text(String text) when text.isBlank() -> {
                        // The last line break of a file, or two of them, separate nothing.
                    }
                    case Utf8Lines.Text(String text) -> readLine(text, lines.place(), reader, found);
                }
            }
        }
    }

    private void readLine(String line, String place, LineReader reader, Found found) {
        try {
            var example = reader.read(line);
            // The last token is predicted, but predicts nothing.
            if (example.length() - 1 > length) {
                throw new BadExampleException("the example has " + (example.length() - 1) + " tokens, but a row holds "
                        + length + "; shorten it or ask for longer rows");
            }
            found.examples.add(example.build());
        } catch (BadExampleException e) {
            found.fault(place, e.reason());
        } catch (ProxyTuneException e) {
            throw new ProxyTuneException(place + ": " + e.getMessage(), e);
        }
    }

    private void readText(Path file, Found found) {
        Corpus.of(file).forEach(document -> {
            int[] start = encoder.encodeStart(document);
            int[] ids = Arrays.copyOf(start, start.length + 1);
            ids[start.length] = encoder.end();
            // Parts share a token, so that the first of each is predicted by the part before.
            for (int from = 0; from < ids.length - 1; from += length) {
                found.examples.add(
                        new Example(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + length + 1)), 0));
            }
        });
    }
}
