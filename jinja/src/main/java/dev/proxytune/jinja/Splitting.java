package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Cut texts into parts as the methods of Python's strings do. */
final class Splitting {
    private Splitting() {}

    /** Split at white space from the left, at most so many times. */
    static List<Text> words(Budget budget, Text text, int most) {
        budget.scan(text.string().length());
        List<Text> parts = new ArrayList<>();
        int at = skip(text, 0, true);
        while (at < text.string().length()) {
            budget.items(1);
            int end = parts.size() == most ? text.string().length() : skip(text, at, false);
            parts.add(text.slice(at, end));
            at = skip(text, end, true);
        }
        return parts;
    }

    private static int trimmedEnd(Text text) {
        int end = text.string().length();
        while (end > 0 && Chars.isSpace(text.string().charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static int skip(Text text, int from, boolean space) {
        int at = from;
        while (at < text.string().length() && Chars.isSpace(text.string().charAt(at)) == space) {
            at++;
        }
        return at;
    }

    /** Split at white space from the right, at most so many times. */
    static List<Text> lastWords(Budget budget, Text text, int most) {
        budget.scan(text.string().length());
        List<Text> parts = new ArrayList<>();
        int end = trimmedEnd(text);
        int first = skip(text, 0, true);
        while (end > first) {
            budget.items(1);
            int begin = end;
            while (begin > 0 && !Chars.isSpace(text.string().charAt(begin - 1))) {
                begin--;
            }
            if (parts.size() == most) {
                parts.add(text.slice(0, end));
                break;
            }
            parts.add(text.slice(begin, end));
            end = begin;
            while (end > 0 && Chars.isSpace(text.string().charAt(end - 1))) {
                end--;
            }
        }
        Collections.reverse(parts);
        return parts;
    }

    /** Split at a separator from the left, at most so many times. */
    static List<Text> split(Budget budget, Text text, String separator, int most) {
        requireSeparator(separator);
        var search = Search.first(budget, separator);
        int length = text.string().length();
        List<Text> parts = new ArrayList<>();
        int at = 0;
        int found = search.in(text.string(), 0, length);
        while (found >= 0 && parts.size() < most) {
            budget.items(1);
            parts.add(text.slice(at, found));
            at = found + separator.length();
            found = search.in(text.string(), at, length);
        }
        parts.add(text.slice(at, text.string().length()));
        return parts;
    }

    /** Split at a separator from the right, at most so many times. */
    static List<Text> splitLast(Budget budget, Text text, String separator, int most) {
        requireSeparator(separator);
        var search = Search.last(budget, separator);
        List<Text> parts = new ArrayList<>();
        int end = text.string().length();
        int found = search.in(text.string(), 0, end);
        while (found >= 0 && parts.size() < most) {
            budget.items(1);
            parts.add(text.slice(found + separator.length(), end));
            end = found;
            found = search.in(text.string(), 0, end);
        }
        parts.add(text.slice(0, end));
        Collections.reverse(parts);
        return parts;
    }

    private static void requireSeparator(String separator) {
        if (separator.isEmpty()) {
            throw new Fault("empty separator");
        }
    }

    static List<Text> lines(Budget budget, Text text, boolean keepEnds) {
        String string = text.string();
        budget.scan(string.length());
        List<Text> lines = new ArrayList<>();
        int begin = 0;
        int i = 0;
        while (i < string.length()) {
            char c = string.charAt(i);
            if (Chars.isLineEnd(c)) {
                int next = c == '\r' && string.startsWith("\n", i + 1) ? i + 2 : i + 1;
                budget.items(1);
                lines.add(text.slice(begin, keepEnds ? next : i));
                begin = next;
                i = next;
            } else {
                i++;
            }
        }
        if (begin < string.length()) {
            lines.add(text.slice(begin, string.length()));
        }
        return lines;
    }

    /** Split into what is before, at and behind the first or last separator. */
    static List<Value> partition(Budget budget, Text text, Text separator, boolean last) {
        requireSeparator(separator.string());
        budget.text(text.string().length());
        var search = last ? Search.last(budget, separator.string()) : Search.first(budget, separator.string());
        int at = search.in(text.string(), 0, text.string().length());
        if (at < 0) {
            return last ? List.of(Text.EMPTY, Text.EMPTY, text) : List.of(text, Text.EMPTY, Text.EMPTY);
        }
        int end = at + separator.string().length();
        return List.of(
                text.slice(0, at),
                text.slice(at, end),
                text.slice(end, text.string().length()));
    }
}
