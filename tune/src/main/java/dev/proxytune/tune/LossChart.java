package dev.proxytune.tune;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
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
    /** Losses closer together than this are drawn as a flat line, and not spread over the whole height. */
    private static final double LEAST_SPREAD = 0.05;

    private static final String TRAINED = "#1f77b4";
    private static final String VALIDATED = "#d62728";

    private final List<LossCurve.Point> points;
    private final double low;
    private final double high;

    private LossChart(List<LossCurve.Point> points) {
        this.points = points;
        double[] losses = points.stream()
                .flatMapToDouble(point -> DoubleStream.of(point.loss(), point.validationLoss()))
                .filter(Double::isFinite)
                .toArray();
        double least = DoubleStream.of(losses).min().orElse(0);
        double most = DoubleStream.of(losses).max().orElse(1);
        low = Math.max(0, least - LEAST_SPREAD * Math.max(1, most - least));
        high = Math.max(most, low + LEAST_SPREAD);
    }

    /** Return the drawing of a curve: the loss of each step, or of a thousand of them, and validation losses. */
    static String svg(LossCurve curve, String title) {
        return new LossChart(curve.points()).draw(title);
    }

    private String draw(String title) {
        var svg = new StringBuilder(String.format(Locale.ROOT, """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" font-family="sans-serif" font-size="12">
            <rect width="%1$d" height="%2$d" fill="white"/>
            <text x="%3$d" y="24" font-size="15">%4$s</text>
            """, WIDTH, HEIGHT, LEFT, escape(title)));
        lossAxis(svg);
        stepAxis(svg);
        line(svg, TRAINED, 1, trained(), LossCurve.Point::loss);
        int[] validated = validated();
        line(svg, VALIDATED, 2, validated, LossCurve.Point::validationLoss);
        legend(svg, validated.length > 0);
        return svg.append("</svg>\n").toString();
    }

    private void lossAxis(StringBuilder svg) {
        for (int tick = 0; tick <= TICKS; tick++) {
            double loss = low + (high - low) * tick / TICKS;
            double y = y(loss);
            svg.append(
                    String.format(Locale.ROOT, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>\n", LEFT, y, WIDTH - RIGHT));
            svg.append(String.format(
                    Locale.ROOT, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>\n", LEFT - 6, y + 4, loss));
        }
    }

    private void stepAxis(StringBuilder svg) {
        IntStream.rangeClosed(0, TICKS)
                .map(tick -> (int) Math.round((points.size() - 1) * (double) tick / TICKS))
                .distinct()
                .filter(step -> step >= 0)
                .forEach(step -> svg.append(String.format(
                        Locale.ROOT,
                        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n",
                        x(step),
                        HEIGHT - BOTTOM + 18,
                        step + 1)));
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 12));
    }

    private static void legend(StringBuilder svg, boolean validated) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"24\" text-anchor=\"end\"><tspan fill=\"%s\">loss</tspan>%s</text>\n",
                WIDTH - RIGHT,
                TRAINED,
                validated ? "<tspan dx=\"12\" fill=\"" + VALIDATED + "\">validation loss</tspan>" : ""));
    }

    /** Return the steps to draw: at most as many as one can see, the first and the last among them. */
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

    private void line(StringBuilder svg, String color, int width, int[] steps, ToDoubleFunction<LossCurve.Point> loss) {
        if (steps.length == 1) {
            // A line through one point is not drawn.
            double y = y(loss.applyAsDouble(points.get(steps[0])));
            svg.append(String.format(
                    Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x(steps[0]), y, color));
        } else if (steps.length > 1) {
            svg.append("<polyline fill=\"none\" stroke=\"").append(color);
            svg.append("\" stroke-width=\"").append(width).append("\" points=\"");
            for (int step : steps) {
                double y = y(loss.applyAsDouble(points.get(step)));
                svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(step), y));
            }
            svg.append("\"/>\n");
        }
    }

    private double x(int step) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (points.size() < 2 ? 0.5 : step / (points.size() - 1.0));
    }

    private double y(double loss) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (loss - low) / (high - low);
    }

    /** Return a text as XML has it, where most control characters cannot be written at all. */
    private static String escape(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cs}\uFFFE\uFFFF]", "?")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
    }
}
