package dev.proxytune.tune;

import dev.proxytune.jsonl.Utf8Lines;
import java.nio.file.Path;
import java.util.Locale;

/** What a file of tuning data looks like. */
public enum DataFormat {
    /** Any of the others: what the members of the first object tell, or text where there is no object. */
    AUTO,

    /** An object in each line, {@code {"prompt": …, "completion": …}} or {@code {"messages": […]}}. */
    JSONL,

    /** An object in each line, {@code {"question": …, "answer": …}}, as the grade-school problems are published. */
    GSM8K,

    /** Running text, all of which is learned, as {@link Corpus} reads it. */
    TEXT;

    /** Return the format of a file, found out if need be. */
    DataFormat of(Path file) {
        if (this != AUTO) {
            return this;
        }
        try (var lines = Utf8Lines.open(file)) {
            for (var line = lines.next(); line.isPresent(); line = lines.next()) {
                if (!(line.get() instanceof Utf8Lines.Text(String text)) || !text.isBlank()) {
                    return ofFirst(file, line.get());
                }
            }
        }
        return byName(file);
    }

    private static DataFormat byName(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl") ? JSONL : TEXT;
    }

    private static DataFormat ofFirst(Path file, Utf8Lines.Line line) {
        DataFormat byName = byName(file);
        if (!(line instanceof Utf8Lines.Text(String text))
                || !text.stripLeading().startsWith("{")) {
            return byName;
        }
        try {
            var object = JsonLine.parse(text);
            if (object.has("prompt") || object.has("messages")) {
                return JSONL;
            }
            if (object.has("question") && object.has("answer")) {
                return GSM8K;
            }
            return byName == JSONL && object.has("text") ? TEXT : byName;
        } catch (BadExampleException e) {
            return byName;
        }
    }
}
