package dev.proxytune.tune;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Draw a loss curve as SVG; nothing but text is needed for that, so it works where no fonts are installed. */
final class LossChart {
    private static final int WIDTH = 800;
    private static final int HEIGHT = 420;
    private static final int LEFT = 60;
    private static final int RIGHT = 20;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final int TICKS = 5;
    private static final int MOST_POINTS = 1000;

    private final List<LossCurve.Point> points;
    private final double low;
    private final double high;

    private LossChart(List<LossCurve.Point> points) {
        this.points = points;
        double least = points.stream()
                .flatMapToDouble(point -> java.util.stream.DoubleStream.of(point.loss(), point.validationLoss()))
                .filter(loss -> !Double.isNaN(loss))
                .min()
                .orElse(0);
        double most = points.stream().mapToDouble(LossCurve.Point::loss).max().orElse(1);
        low = Math.max(0, least - 0.05 * (most - least));
        high = Math.max(most, low + 1e-6);
    }

    /** Return the drawing of a curve. */
    static String svg(LossCurve curve, String title) {
        return new LossChart(curve.points()).draw(title);
    }

    private String draw(String title) {
        var svg = new StringBuilder(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
                <rect width="%1$d" height="%2$d" fill="white"/>
                <text x="%3$d" y="24" font-size="15">%4$s</text>
                """, WIDTH, HEIGHT, LEFT, escape(title)));
        axes(svg);
        line(svg, "#1f77b4", 1, trained());
        line(svg, "#d62728", 2, validated());
        legend(svg);
        return svg.append("</svg>\n").toString();
    }

    private void axes(StringBuilder svg) {
        for (int tick = 0; tick <= TICKS; tick++) {
            double loss = low + (high - low) * tick / TICKS;
            svg.append(String.format(
                    Locale.ROOT,
                    "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>%n",
                    LEFT,
                    y(loss),
                    WIDTH - RIGHT,
                    LEFT - 6,
                    y(loss) + 4,
                    loss));
            int step = (int) Math.round(1 + (points.size() - 1) * (double) tick / TICKS);
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n",
                    x(step - 1),
                    HEIGHT - BOTTOM + 18,
                    step));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 12));
    }

    private void legend(StringBuilder svg) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%1$d\" y=\"24\" text-anchor=\"end\"><tspan fill=\"#1f77b4\">loss</tspan>"
                        + "<tspan fill=\"#d62728\">%2$s</tspan></text>%n",
                WIDTH - RIGHT,
                validated().length == 0 ? "" : "  validation loss"));
    }

    /** Return the steps to draw: at most as many as one can see. */
    private int[] trained() {
        int shown = Math.min(points.size(), MOST_POINTS);
        return IntStream.range(0, shown)
                .map(i -> shown == 1 ? 0 : (int) Math.round(i * (points.size() - 1.0) / (shown - 1)))
                .toArray();
    }

    private int[] validated() {
        return IntStream.range(0, points.size())
                .filter(i -> !Float.isNaN(points.get(i).validationLoss()))
                .toArray();
    }

    private void line(StringBuilder svg, String color, int width, int[] steps) {
        if (steps.length == 0) {
            return;
        }
        svg.append("<polyline fill=\"none\" stroke=\"").append(color).append("\" stroke-width=\"");
        svg.append(width).append("\" points=\"");
        for (int step : steps) {
            LossCurve.Point point = points.get(step);
            double loss = width == 1 ? point.loss() : point.validationLoss();
            svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(step), y(loss)));
        }
        svg.append("\"/>\n");
    }

    private double x(int step) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (points.size() < 2 ? 0.5 : step / (points.size() - 1.0));
    }

    private double y(double loss) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (loss - low) / (high - low);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
