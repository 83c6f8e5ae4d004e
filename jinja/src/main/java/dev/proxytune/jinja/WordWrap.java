package dev.proxytune.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Break lines as Python's {@code textwrap} does: at white space, after hyphens between letters, or inside long words. */
final class WordWrap {
    private final Budget budget;
    private final int width;
    private final boolean breakWords;
    private final boolean breakHyphens;

    private WordWrap(Budget budget, int width, boolean breakWords, boolean breakHyphens) {
        this.budget = budget;
        this.width = width;
        this.breakWords = breakWords;
        this.breakHyphens = breakHyphens;
    }

    /** Apply the filter {@code wordwrap}. */
    static Value filter(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("wordwrap", "width", "break_long_words", "wrapstring", "break_on_hyphens");
        int width = bound.integer(0, 79);
        if (width <= 0) {
            throw new Fault("invalid width " + width + " (must be > 0)");
        }
        Value given = bound.get(2, Value.None.NONE);
        Text end = given == Value.None.NONE ? Text.trusted("\n") : TextMethods.string(given, "wordwrap");
        var wrap = new WordWrap(budget, width, bound.truth(1, true), bound.truth(3, true));
        var out = new TextBuilder(budget);
        boolean begun = false;
        for (Text line : Splitting.lines(budget, TextMethods.string(value, "wordwrap"), false)) {
            List<Text> wrapped = wrap.lines(line);
            for (Text part : wrapped.isEmpty() ? List.of(Text.EMPTY) : wrapped) {
                out.append(begun ? end : Text.EMPTY).append(part);
                begun = true;
            }
        }
        return out.build();
    }

    private List<Text> lines(Text text) {
        Deque<Text> chunks = new ArrayDeque<>(chunks(text));
        List<Text> lines = new ArrayList<>();
        while (!chunks.isEmpty()) {
            if (!lines.isEmpty() && isBlank(chunks.element())) {
                chunks.remove();
            }
            List<Text> line = line(chunks);
            if (!line.isEmpty() && isBlank(line.getLast())) {
                line.removeLast();
            }
            if (!line.isEmpty()) {
                budget.items(1);
                var joined = new TextBuilder(budget);
                line.forEach(joined::append);
                lines.add(joined.build());
            }
        }
        return lines;
    }

    private List<Text> line(Deque<Text> chunks) {
        List<Text> line = new ArrayList<>();
        int length = 0;
        while (!chunks.isEmpty() && length + chunks.element().length() <= width) {
            length += chunks.element().length();
            line.add(chunks.remove());
        }
        if (!chunks.isEmpty() && chunks.element().length() > width) {
            if (breakWords) {
                Text word = chunks.remove();
                int end = word.offset(Math.max(1, width - length));
                int hyphen = breakHyphens ? word.string().lastIndexOf('-', end - 1) : -1;
                boolean letters =
                        hyphen > 0 && word.string().substring(0, hyphen).chars().anyMatch(c -> c != '-');
                int cut = word.length() > width - length && letters ? hyphen + 1 : end;
                line.add(word.slice(0, cut));
                chunks.push(word.slice(cut, word.string().length()));
            } else if (line.isEmpty()) {
                line.add(chunks.remove());
            }
        }
        return line;
    }

    private static boolean isBlank(Text text) {
        return Numbers.strip(text.string()).isEmpty();
    }

    /** Cut a line into words, the blanks between them, and the parts of hyphenated words. */
    private List<Text> chunks(Text text) {
        String string = text.string();
        budget.items(string.length());
        List<Text> chunks = new ArrayList<>();
        int begin = 0;
        for (int i = 1; i <= string.length(); i++) {
            if (i == string.length() || isBreak(string, begin, i)) {
                chunks.add(text.slice(begin, i));
                begin = i;
            }
        }
        return chunks;
    }

    private boolean isBreak(String string, int begin, int at) {
        char before = string.charAt(at - 1);
        char after = string.charAt(at);
        if (isSpace(before) != isSpace(after)) {
            return true;
        }
        return breakHyphens
                && before == '-'
                && at - begin > 2
                && Character.isLetter(string.charAt(at - 2))
                && Chars.isWord(string.charAt(at - 3))
                && Character.isLetter(after)
                && (at + 1 == string.length() || Chars.isWord(string.charAt(at + 1)) || string.charAt(at + 1) == '-');
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
