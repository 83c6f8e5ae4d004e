package dev.proxytune.report;

/**
 * Hold a figure.
 *
 * @param name what its files are called, lower-case and dashed
 * @param title what it shows, in a few words
 * @param says what it says, in numbers: for those who cannot see it, too
 * @param reading how it is to be read
 * @param drawing the figure itself
 * @param table the numbers behind it
 */
record Figure(String name, String title, String says, String reading, Drawing drawing, FigureTable table) {
    /** How wide a file is, in pixels. */
    static final double WIDTH = 760;

    private static final double PHONE = 360;
    private static final double MARGIN = 20;

    /** Return the figure as part of a page: drawn for screens, and again for phones. */
    String html() {
        return "<figure>\n<h3>" + Markup.escape(title) + "</h3>\n" + element("screen", WIDTH - 2 * MARGIN)
                + element("phone", PHONE - 16) + "<figcaption>" + Markup.escape(says) + " " + Markup.escape(reading)
                + "</figcaption>\n<details><summary>The numbers</summary>\n" + table.html(title)
                + "</details>\n</figure>\n";
    }

    private String element(String style, double width) {
        var svg = new Svg(Theme.LIGHT);
        double height = drawing.draw(svg, width, 0);
        return svg.element(name + "-" + style, style, width, height, title, says);
    }

    /** Return the figure as a file of its own, with its title. */
    SvgFile file(Theme theme, boolean adaptive) {
        var svg = new Svg(theme);
        // The ground is drawn first, so that its height must be known before.
        double height = Math.ceil(drawing.draw(new Svg(theme), WIDTH - 2 * MARGIN, 0) + 62);
        svg.rectangle(0, 0, WIDTH, height, Paint.GROUND, 1);
        svg.text(
                MARGIN,
                32,
                Svg.fitting(title, WIDTH - 2 * MARGIN, Svg.TITLE),
                Svg.Anchor.START,
                Paint.INK,
                Svg.TITLE,
                true);
        svg.open(MARGIN, 46);
        drawing.draw(svg, WIDTH - 2 * MARGIN, 0);
        svg.close();
        return new SvgFile(svg.file(WIDTH, height, title, says, adaptive), WIDTH, height);
    }

    /** An SVG, and how large it is in pixels. */
    record SvgFile(String text, double width, double height) {}
}
