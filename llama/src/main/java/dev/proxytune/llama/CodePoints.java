package dev.proxytune.llama;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Hold a set of characters.
 *
 * @param ranges first and last characters of ranges in rising order, which neither overlap nor touch
 */
record CodePoints(List<Range> ranges) {
    static final CodePoints ALL = of(0, 0x10FFFF);

    /** What stands for itself in a JSON string. */
    static final CodePoints RAW = of(0, 0x1F)
            .or(of('"', '"'))
            .or(of('\\', '\\'))
            .or(of(0x7F, 0x7F))
            .or(of(0xD800, 0xDFFF))
            .not();

    /** What has a short escape in a JSON string. */
    private static final String ESCAPED = "\"\\\b\f\n\r\t";

    CodePoints {
        ranges = List.copyOf(ranges);
    }

    /** From a character to another one, both included. */
    record Range(int first, int last) {}

    static CodePoints of(int first, int last) {
        return new CodePoints(List.of(new Range(first, last)));
    }

    CodePoints or(CodePoints other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        all.sort(Comparator.comparingInt(Range::first));
        List<Range> merged = new ArrayList<>();
        for (Range range : all) {
            if (!merged.isEmpty() && range.first() <= merged.getLast().last() + 1) {
                Range before = merged.removeLast();
                merged.add(new Range(before.first(), Math.max(before.last(), range.last())));
            } else {
                merged.add(range);
            }
        }
        return new CodePoints(merged);
    }

    CodePoints not() {
        List<Range> others = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            if (range.first() > next) {
                others.add(new Range(next, range.first() - 1));
            }
            next = range.last() + 1;
        }
        if (next <= 0x10FFFF) {
            others.add(new Range(next, 0x10FFFF));
        }
        return new CodePoints(others);
    }

    CodePoints and(CodePoints other) {
        return not().or(other.not()).not();
    }

    boolean contains(int point) {
        return ranges.stream().anyMatch(range -> range.first() <= point && point <= range.last());
    }

    /** Return an expression for one of these characters in a JSON string; empty if none can be there. */
    String inJson() {
        var set = new StringBuilder();
        for (Range range : and(RAW).ranges()) {
            set.append(GbnfWriter.inSet(range.first()));
            if (range.last() > range.first()) {
                set.append('-').append(GbnfWriter.inSet(range.last()));
            }
        }
        List<String> parts = new ArrayList<>();
        if (!set.isEmpty()) {
            parts.add("[" + set + "]");
        }
        ESCAPED.chars().filter(this::contains).forEach(point -> parts.add(GbnfWriter.literal(JsonText.escaped(point))));
        return parts.size() == 1 ? parts.getFirst() : parts.isEmpty() ? "" : "(" + String.join(" | ", parts) + ")";
    }
}
