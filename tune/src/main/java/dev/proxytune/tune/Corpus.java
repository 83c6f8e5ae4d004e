package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.Utf8Lines;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Reads a file of texts to train a model or a tokenizer on.
 *
 * <p>A file whose name ends in {@code .jsonl} holds an object with the string {@code text} in each line. Any other file
 * is text in UTF-8, in which lines with nothing but {@code <|endoftext|>} separate documents; the line break before
 * such a line, and before the end of the file, belongs to no document.
 */
public final class Corpus {
    private final Path file;

    private Corpus(Path file) {
        this.file = file;
    }

    /** Name a file to read; it is opened when documents are asked for. */
    public static Corpus of(Path file) {
        return new Corpus(file);
    }

    /**
     * Hand all documents that are not empty to a consumer, in the order of the file.
     *
     * @throws ProxyTuneException if the file cannot be read, has a line of another form or bytes that are no UTF-8, or
     *     holds no text
     */
    public void forEach(Consumer<String> consumer) {
        var counting = new Counting(consumer);
        try (var lines = Utf8Lines.open(file)) {
            if (file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
                readObjects(lines, counting);
            } else {
                readText(lines, counting);
            }
        }
        if (counting.documents == 0) {
            throw new ProxyTuneException(file + ": there is no text in this file; give one with text to learn from");
        }
    }

    private static final class Counting {
        private final Consumer<String> consumer;
        private long documents;

        private Counting(Consumer<String> consumer) {
            this.consumer = consumer;
        }

        private void take(String document) {
            if (!document.isEmpty()) {
                documents++;
                consumer.accept(document);
            }
        }
    }

    private static String text(Utf8Lines lines, Utf8Lines.Line line) {
        return switch (line) {
            case Utf8Lines.Text(String text) -> text;
            case Utf8Lines.Fault(String reason) -> throw new ProxyTuneException(lines.place() + ": " + reason);
        };
    }

    private static void readText(Utf8Lines lines, Counting consumer) {
        var document = new StringBuilder();
        for (var line = lines.next(); line.isPresent(); line = lines.next()) {
            String text = text(lines, line.get());
            if (text.startsWith(BpeTrainer.END) && withoutBreak(text).equals(BpeTrainer.END)) {
                consumer.take(withoutBreak(document.toString()));
                document = new StringBuilder();
            } else {
                document.append(text);
            }
        }
        consumer.take(withoutBreak(document.toString()));
    }

    private static String withoutBreak(String text) {
        int end = text.length();
        end -= end > 0 && text.charAt(end - 1) == '\n' ? 1 : 0;
        end -= end > 0 && end < text.length() && text.charAt(end - 1) == '\r' ? 1 : 0;
        return text.substring(0, end);
    }

    private static void readObjects(Utf8Lines lines, Counting consumer) {
        for (var line = lines.next(); line.isPresent(); line = lines.next()) {
            String text = text(lines, line.get());
            if (!text.isBlank()) {
                consumer.take(member(lines, text));
            }
        }
    }

    private static String member(Utf8Lines lines, String line) {
        try {
            return JsonLine.parse(line).string("text");
        } catch (BadExampleException e) {
            throw new ProxyTuneException(lines.place() + ": " + e.reason(), e);
        }
    }
}
