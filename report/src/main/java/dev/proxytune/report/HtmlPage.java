package dev.proxytune.report;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Write a report as one page: no script, nothing from elsewhere, well-formed as XML too. */
final class HtmlPage {
    private static final String METHOD = """
            <p>Rates of right and wrong have Wilson's 95 % interval, other means the percentile bootstrap's over questions.
            Systems are compared question by question: by McNemar's exact test where answers are right or wrong, else by the
            paired bootstrap. Gap closed is (proxy-tuned − base) / (tuned − base); its interval draws questions within each
            task and takes the answers of all systems to them. Δ of a token is the probability that the proxy-tuned model
            gives it less the one that the target gives it by itself. Tokens of one answer depend on each other, so that
            intervals over tokens are too narrow.</p>
            """;

    private final String title;
    private final ReportTables tables;
    private final List<Figure> figures;
    private final List<String> notes;

    HtmlPage(String title, ReportTables tables, List<Figure> figures, List<String> notes) {
        this.title = title;
        this.tables = tables;
        this.figures = figures;
        this.notes = notes;
    }

    String html() {
        var html = new StringBuilder(
                        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n")
                .append("<meta charset=\"utf-8\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
                .append("<meta name=\"color-scheme\" content=\"light dark\"/>\n")
                .append("<meta http-equiv=\"Content-Security-Policy\"")
                .append(" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n")
                .append("<title>")
                .append(Markup.escape(title))
                .append("</title>\n<style>\n")
                .append(style())
                .append("@media (prefers-color-scheme: dark){")
                .append(Paint.darkRules())
                .append("}\n</style>\n</head>\n<body>\n<main>\n<h1>")
                .append(Markup.escape(title))
                .append("</h1>\n");
        tables.summary()
                .ifPresent(summary -> html.append("<p class=\"summary\">")
                        .append(Markup.escape(summary))
                        .append("</p>\n"));
        section(html, "Scores", tables.scores().html("Scores"));
        tables.tests().ifPresent(tests -> section(html, "Paired tests", tests.html("Paired tests")));
        html.append("<section>\n<h2>Figures</h2>\n");
        figures.forEach(figure -> html.append(figure.html()));
        html.append("</section>\n");
        if (!notes.isEmpty()) {
            html.append("<section>\n<h2>Notes</h2>\n<ul>\n");
            notes.forEach(
                    note -> html.append("<li>").append(Markup.escape(note)).append("</li>\n"));
            html.append("</ul>\n</section>\n");
        }
        section(html, "All measures", tables.measures().html("All measures"));
        section(html, "Files", tables.files().html("Files"));
        section(html, "How numbers are made", METHOD);
        return html.append("</main>\n</body>\n</html>\n").toString();
    }

    private static void section(StringBuilder html, String title, String content) {
        html.append("<section>\n<h2>")
                .append(Markup.escape(title))
                .append("</h2>\n")
                .append(content)
                .append("</section>\n");
    }

    private static String style() {
        try (InputStream in = HtmlPage.class.getResourceAsStream("report.css")) {
            if (in == null) {
                throw new ProxyTuneException("report.css is missing in this build of proxytune; build it again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
