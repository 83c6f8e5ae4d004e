package dev.proxytune.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Hold a table of numbers that a benchmark found.
 *
 * @param key what programs call it
 * @param title what people call it
 * @param notes what to know of it, a sentence each
 * @param columns what each line has a number for
 * @param lines what was compared
 */
record BenchTable(String key, String title, List<String> notes, List<Column> columns, List<Line> lines) {

    private static final int WIDTH = 118;

    BenchTable {
        notes = List.copyOf(notes);
        columns = List.copyOf(columns);
        lines = List.copyOf(lines);
        for (Line line : lines) {
            if (line.numbers().size() != columns.size()) {
                throw new IllegalArgumentException("the line " + line.name() + " has "
                        + line.numbers().size() + " numbers for " + columns.size() + " columns");
            }
        }
    }

    /**
     * Name a column.
     *
     * @param key what programs call it
     * @param heading what people call it, with its unit
     * @param decimals how many decimals people see
     */
    record Column(String key, String heading, int decimals) {
        private String text(double number) {
            return Double.isFinite(number) ? String.format(Locale.ROOT, "%,." + decimals + "f", number) : "";
        }
    }

    /**
     * Name a line.
     *
     * @param numbers one for each column; one that is not finite was not measured
     */
    record Line(String name, List<Double> numbers) {
        Line {
            numbers = List.copyOf(numbers);
        }

        static Line of(String name, double... numbers) {
            return new Line(name, Arrays.stream(numbers).boxed().toList());
        }
    }

    /** Return a number of it; NaN where there is none. */
    double number(String line, String column) {
        int index = columns.stream().map(Column::key).toList().indexOf(column);
        return lines.stream()
                .filter(candidate -> candidate.name().equals(line) && index >= 0)
                .mapToDouble(candidate -> candidate.numbers().get(index))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** Return it as programs read it. */
    Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("title", title);
        object.put("notes", notes);
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Line line : lines) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("name", line.name());
            for (int i = 0; i < columns.size(); i++) {
                row.put(columns.get(i).key(), Json.number(line.numbers().get(i)));
            }
            rows.add(row);
        }
        object.put("rows", rows);
        return object;
    }

    /** Return it for a terminal. */
    String text() {
        int[] widths = IntStream.range(0, columns.size())
                .map(i -> Math.max(
                        columns.get(i).heading().length(),
                        lines.stream()
                                .mapToInt(line -> cell(line, i).length())
                                .max()
                                .orElse(0)))
                .toArray();
        int first = Math.max(
                title.length(),
                lines.stream().mapToInt(line -> line.name().length()).max().orElse(0));
        var text = new StringBuilder(padded(title, first));
        for (int i = 0; i < widths.length; i++) {
            text.append("  ").append(aligned(columns.get(i).heading(), widths[i]));
        }
        text.append('\n');
        for (Line line : lines) {
            var row = new StringBuilder(padded(line.name(), first));
            for (int i = 0; i < widths.length; i++) {
                row.append("  ").append(aligned(cell(line, i), widths[i]));
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        notes.forEach(note -> text.append("  ").append(note).append('\n'));
        return text.toString();
    }

    /** Return it as Markdown. */
    String markdown() {
        var text = new StringBuilder("| " + escaped(title) + " |");
        columns.forEach(
                column -> text.append(' ').append(escaped(column.heading())).append(" |"));
        text.append("\n|---|").append("---|".repeat(columns.size())).append('\n');
        for (Line line : lines) {
            text.append("| ").append(escaped(line.name())).append(" |");
            for (int i = 0; i < columns.size(); i++) {
                text.append(' ').append(cell(line, i)).append(" |");
            }
            text.append('\n');
        }
        if (!notes.isEmpty()) {
            text.append('\n').append(wrapped(String.join(" ", notes)));
        }
        return text.toString();
    }

    /** Return a paragraph in lines that people can read in an editor. */
    static String wrapped(String paragraph) {
        var text = new StringBuilder();
        int length = 0;
        for (String word : paragraph.split(" ", -1)) {
            boolean fits = length + 1 + word.length() <= WIDTH;
            text.append(length == 0 ? "" : fits ? " " : "\n").append(word);
            length = length > 0 && fits ? length + 1 + word.length() : word.length();
        }
        return text.append('\n').toString();
    }

    private String cell(Line line, int column) {
        return columns.get(column).text(line.numbers().get(column));
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|");
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String aligned(String text, int width) {
        return " ".repeat(width - text.length()) + text;
    }
}
