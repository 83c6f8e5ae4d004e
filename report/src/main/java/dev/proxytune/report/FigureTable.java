package dev.proxytune.report;

import java.util.List;

/**
 * Hold the numbers behind a figure, or any other table of a page.
 *
 * @param headers of its columns
 * @param rows as many cells each as there are columns; the first names the row
 */
record FigureTable(List<String> headers, List<List<String>> rows) {

    FigureTable {
        headers = List.copyOf(headers);
        rows = rows.stream().map(List::copyOf).toList();
        int columns = headers.size();
        if (rows.stream().anyMatch(row -> row.size() != columns)) {
            throw new IllegalArgumentException("each row must have " + columns + " cells");
        }
    }

    String html(String caption) {
        var html = new StringBuilder("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"")
                .append(Markup.escape(caption))
                .append("\">\n<table>\n<thead><tr>");
        headers.forEach(
                header -> html.append("<th scope=\"col\">").append(cell(header)).append("</th>"));
        html.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : rows) {
            html.append("<tr><th scope=\"row\">").append(cell(row.getFirst())).append("</th>");
            row.stream()
                    .skip(1)
                    .forEach(cell -> html.append("<td>").append(cell(cell)).append("</td>"));
            html.append("</tr>\n");
        }
        return html.append("</tbody>\n</table>\n</div>\n").toString();
    }

    /** The first of several lines is the one that counts. */
    private static String cell(String text) {
        List<String> lines = text.lines().toList();
        if (lines.size() < 2) {
            return Markup.escape(text);
        }
        var html = new StringBuilder("<b>" + Markup.escape(lines.getFirst()) + "</b>");
        lines.stream()
                .skip(1)
                .forEach(line ->
                        html.append("<span>").append(Markup.escape(line)).append("</span>"));
        return html.toString();
    }
}
