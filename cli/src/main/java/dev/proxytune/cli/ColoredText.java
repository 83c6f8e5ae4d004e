package dev.proxytune.cli;

import java.util.ArrayList;
import java.util.List;

/** Collects text in colours, and breaks it into lines of a width that colours have no part in. */
final class ColoredText {
    private static final String RESET = "\033[0m";

    private final List<Character> letters = new ArrayList<>();
    private final List<String> colors = new ArrayList<>();

    /**
     * Add text at the end.
     *
     * @param color what switches to its colour, or nothing
     */
    void add(String text, String color) {
        for (int index = 0; index < text.length(); index++) {
            letters.add(printable(text.charAt(index)));
            colors.add(color);
        }
    }

    /** A model may say what would move the cursor. */
    static char printable(char letter) {
        return letter != '\n' && Character.isISOControl(letter) ? '\uFFFD' : letter;
    }

    /** Return the text in lines, broken at spaces where there are any, each filled up with spaces. */
    List<String> lines(int width) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < letters.size()) {
            int end = end(start, width);
            lines.add(line(start, end, width));
            boolean gap = end < letters.size() && Character.isWhitespace(letters.get(end));
            start = gap ? end + 1 : end;
        }
        return lines;
    }

    private int end(int start, int width) {
        int lastSpace = -1;
        int end = start;
        while (end < letters.size() && letters.get(end) != '\n') {
            if (letters.get(end) == ' ') {
                lastSpace = end;
            }
            if (end - start == width) {
                return lastSpace > start ? lastSpace : end;
            }
            end++;
        }
        return end;
    }

    private String line(int start, int end, int width) {
        var line = new StringBuilder();
        String current = "";
        for (int index = start; index < end; index++) {
            String color = colors.get(index);
            if (!color.equals(current)) {
                line.append(current.isEmpty() ? "" : RESET).append(color);
                current = color;
            }
            line.append(letters.get(index).charValue());
        }
        return line.append(current.isEmpty() ? "" : RESET)
                .repeat(' ', width - (end - start))
                .toString();
    }
}
