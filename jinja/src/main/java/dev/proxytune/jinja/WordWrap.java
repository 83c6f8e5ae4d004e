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

    /**
     * Part of a line.
     *
     * @param length how many code points it has
     * @param ink the place of the last character that is no white space; before {@code begin} if there is none
     */
    private record Part(int begin, int end, int length, int ink) {
        static Part of(String string, int begin, int end) {
            int ink = end - 1;
            while (ink >= begin && Chars.isSpace(string.charAt(ink))) {
                ink--;
            }
            return new Part(begin, end, string.codePointCount(begin, end), ink);
        }

        boolean isBlank() {
            return ink < begin;
        }
    }

    private List<Text> lines(Text text) {
        Deque<Part> chunks = new ArrayDeque<>(chunks(text.string()));
        List<Text> lines = new ArrayList<>();
        while (!chunks.isEmpty()) {
            budget.step();
            if (!lines.isEmpty() && chunks.element().isBlank()) {
                chunks.remove();
            }
            List<Part> line = line(text.string(), chunks);
            if (!line.isEmpty() && line.getLast().isBlank()) {
                line.removeLast();
            }
            if (!line.isEmpty()) {
                int begin = line.getFirst().begin();
                int end = line.getLast().end();
                budget.items(1);
                budget.text(end - begin);
                lines.add(text.slice(begin, end));
            }
        }
        return lines;
    }

    /** Take the parts of a line, which follow each other without a gap. */
    private List<Part> line(String string, Deque<Part> chunks) {
        List<Part> line = new ArrayList<>();
        int length = 0;
        while (!chunks.isEmpty() && length + chunks.element().length() <= width) {
            length += chunks.element().length();
            line.add(chunks.remove());
        }
        if (!chunks.isEmpty() && chunks.element().length() > width) {
            if (breakWords) {
                Part word = chunks.remove();
                int end = string.offsetByCodePoints(word.begin(), Math.max(1, width - length));
                int cut = word.length() > width - length ? hyphenOr(string, word.begin(), end) : end;
                Part head = Part.of(string, word.begin(), cut);
                line.add(head);
                chunks.push(new Part(cut, word.end(), word.length() - head.length(), word.ink()));
            } else if (line.isEmpty()) {
                line.add(chunks.remove());
            }
        }
        return line;
    }

    /** Return the place behind the last hyphen of a part that has other characters before it, or else its end. */
    private int hyphenOr(String string, int begin, int end) {
        int hyphen = breakHyphens ? end - 1 : begin;
        while (hyphen > begin && string.charAt(hyphen) != '-') {
            hyphen--;
        }
        int other = begin;
        while (other < hyphen && string.charAt(other) == '-') {
            other++;
        }
        return other < hyphen ? hyphen + 1 : end;
    }

    /** Cut a line into words, the blanks between them, and the parts of hyphenated words. */
    private List<Part> chunks(String string) {
        budget.items(string.length());
        List<Part> chunks = new ArrayList<>();
        int begin = 0;
        for (int i = 1; i <= string.length(); i++) {
            if (i == string.length() || isBreak(string, begin, i)) {
                chunks.add(Part.of(string, begin, i));
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
