package dev.proxytune.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Draw into an SVG. Colors stand in attributes, so that every program shows them, and again as classes, by which a page
 * or the drawing itself turns them dark.
 */
final class Svg {
    static final double SMALL = 12;
    static final double NORMAL = 13;
    static final double TITLE = 16;

    /** First Java's own name, which browsers do not know, for drawings that become PNG files. */
    private static final String FONTS =
            "SansSerif, system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif";

    private static final String NARROW = "ijlI.,:;'|!()[]{}frt-/\\\" ";
    private static final String WIDE = "mwMW%@—…⏎";

    private final StringBuilder body = new StringBuilder();
    private final Theme theme;

    Svg(Theme theme) {
        this.theme = theme;
    }

    /** Name where a text's place is in it. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** Hold a point of the drawing, from its upper left corner. */
    record Point(double x, double y) {}

    /** Begin a part that is drawn elsewhere. */
    void open(double x, double y) {
        body.append("<g transform=\"translate(")
                .append(number(x))
                .append(' ')
                .append(number(y))
                .append(")\">\n");
    }

    /** End the part. */
    void close() {
        body.append("</g>\n");
    }

    void rectangle(double x, double y, double width, double height, Paint paint, double opacity) {
        body.append("<rect x=\"").append(number(x)).append("\" y=\"").append(number(y));
        body.append("\" width=\"").append(number(Math.max(0, width)));
        body.append("\" height=\"").append(number(Math.max(0, height))).append('"');
        fill(paint);
        opacity(opacity);
        body.append("/>\n");
    }

    void line(double x1, double y1, double x2, double y2, Paint paint, double width) {
        polyline(List.of(new Point(x1, y1), new Point(x2, y2)), paint, width, false);
    }

    void dashed(double x1, double y1, double x2, double y2, Paint paint) {
        polyline(List.of(new Point(x1, y1), new Point(x2, y2)), paint, 1.5, true);
    }

    void polyline(List<Point> points, Paint paint, double width, boolean dashed) {
        body.append("<polyline fill=\"none\" points=\"").append(text(points)).append('"');
        stroke(paint);
        body.append(" stroke-width=\"").append(number(width)).append('"');
        body.append(dashed ? " stroke-dasharray=\"5 4\"" : " stroke-linejoin=\"round\"")
                .append("/>\n");
    }

    void polygon(List<Point> points, Paint paint, double opacity) {
        body.append("<polygon points=\"").append(text(points)).append('"');
        fill(paint);
        opacity(opacity);
        body.append("/>\n");
    }

    void marker(Marker marker, double x, double y, Paint paint) {
        double r = 4.2;
        switch (marker) {
            case CIRCLE -> {
                body.append("<circle cx=\"")
                        .append(number(x))
                        .append("\" cy=\"")
                        .append(number(y));
                body.append("\" r=\"").append(number(r)).append('"');
                fill(paint);
                body.append("/>\n");
            }
            case SQUARE -> rectangle(x - r * .9, y - r * .9, r * 1.8, r * 1.8, paint, 1);
            case DIAMOND ->
                polygon(
                        List.of(
                                new Point(x, y - r * 1.3),
                                new Point(x + r * 1.3, y),
                                new Point(x, y + r * 1.3),
                                new Point(x - r * 1.3, y)),
                        paint,
                        1);
            case TRIANGLE ->
                polygon(
                        List.of(
                                new Point(x, y - r * 1.2),
                                new Point(x + r * 1.2, y + r),
                                new Point(x - r * 1.2, y + r)),
                        paint,
                        1);
        }
    }

    void text(double x, double y, String text, Anchor anchor, Paint paint, double size) {
        text(x, y, text, anchor, paint, size, false);
    }

    void text(double x, double y, String text, Anchor anchor, Paint paint, double size, boolean bold) {
        body.append("<text x=\"").append(number(x)).append("\" y=\"").append(number(y));
        body.append("\" font-size=\"").append(number(size)).append('"');
        if (anchor != Anchor.START) {
            body.append(" text-anchor=\"")
                    .append(anchor.name().toLowerCase(Locale.ROOT))
                    .append('"');
        }
        if (bold) {
            body.append(" font-weight=\"bold\"");
        }
        fill(paint);
        body.append('>').append(Markup.escape(text)).append("</text>\n");
    }

    /** Return how wide a text is at most, about: as in DejaVu Sans, which is wider than what most readers have. */
    static double width(String text, double size) {
        double em = text.codePoints()
                .mapToDouble(point -> NARROW.indexOf(point) >= 0
                        ? .4
                        : WIDE.indexOf(point) >= 0
                                ? .97
                                : point >= 0x1100 ? 1.1 : Character.isUpperCase(point) ? .72 : .63)
                .sum();
        return em * size;
    }

    /** Return a text that fits, with an ellipsis for what does not. */
    static String fitting(String text, double width, double size) {
        if (width(text, size) <= width) {
            return text;
        }
        int[] points = text.codePoints().toArray();
        int kept = points.length;
        while (kept > 1 && width(new String(points, 0, kept) + "…", size) > width) {
            kept--;
        }
        return new String(points, 0, kept) + "…";
    }

    /**
     * Return the drawing as an element of a page.
     *
     * @param id what the ids of its title and description start with
     */
    String element(String id, String style, double width, double height, String title, String description) {
        return String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" role=\"img\" aria-labelledby=\"%s-t %s-d\""
                                + " viewBox=\"0 0 %s %s\" font-family=\"%s\">\n<title id=\"%s-t\">%s</title>\n"
                                + "<desc id=\"%s-d\">%s</desc>\n",
                        style,
                        id,
                        id,
                        number(width),
                        number(height),
                        FONTS,
                        id,
                        Markup.escape(title),
                        id,
                        Markup.escape(description))
                + body
                + "</svg>\n";
    }

    /**
     * Return the drawing as a file.
     *
     * @param adaptive whether it turns dark where its reader prefers that
     */
    String file(double width, double height, String title, String description, boolean adaptive) {
        String rules =
                adaptive ? "<style>@media (prefers-color-scheme: dark){" + Paint.darkRules() + "}</style>\n" : "";
        return String.format(
                        Locale.ROOT,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\""
                                + " aria-labelledby=\"t d\" width=\"%s\" height=\"%s\" viewBox=\"0 0 %s %s\""
                                + " font-family=\"%s\">\n<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n%s",
                        number(width),
                        number(height),
                        number(width),
                        number(height),
                        FONTS,
                        Markup.escape(title),
                        Markup.escape(description),
                        rules)
                + body
                + "</svg>\n";
    }

    private void fill(Paint paint) {
        body.append(" class=\"").append(paint.style(true)).append("\" fill=\"");
        body.append(paint.color(theme)).append('"');
    }

    private void stroke(Paint paint) {
        body.append(" class=\"").append(paint.style(false)).append("\" stroke=\"");
        body.append(paint.color(theme)).append('"');
    }

    private void opacity(double opacity) {
        if (opacity < 1) {
            body.append(" opacity=\"").append(number(opacity)).append('"');
        }
    }

    private static String text(List<Point> points) {
        return points.stream()
                .map(point -> number(point.x()) + "," + number(point.y()))
                .collect(Collectors.joining(" "));
    }

    private static String number(double value) {
        double rounded = Math.round(value * 100) / 100.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }
}
