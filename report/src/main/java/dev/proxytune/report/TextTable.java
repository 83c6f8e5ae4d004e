package dev.proxytune.report;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Align a table with spaces. */
final class TextTable {
    private TextTable() {}

    static String of(FigureTable table) {
        List<List<String>> rows = Stream.concat(Stream.of(table.headers()), table.rows().stream())
                .map(row -> row.stream()
                        .map(cell ->
                                cell.replace("\n", ", ").replace(", [", " [").replace("], n", "] n"))
                        .toList())
                .toList();
        int[] widths = IntStream.range(0, table.headers().size())
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column)
                                .codePointCount(0, row.get(column).length()))
                        .max()
                        .orElse(0))
                .toArray();
        var text = new StringBuilder();
        for (List<String> row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = row.get(column);
                line.append(cell).append(" ".repeat(widths[column] - cell.codePointCount(0, cell.length()) + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
