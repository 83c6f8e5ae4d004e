package dev.proxytune.report;

import dev.proxytune.eval.Interval;
import dev.proxytune.report.Svg.Anchor;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;

/**
 * Draw shares side by side as columns, and below how many answers each stands for.
 *
 * @param columns from left to right
 * @param reference a share to compare with, such as that of all cases, with its name
 * @param form how shares are written
 * @param across what the columns are
 */
record ColumnChart(
        List<Column> columns, Optional<LineChart.Reference> reference, DoubleFunction<String> form, String across)
        implements Drawing {
    private static final double HEIGHT = 230;
    private static final double COUNTS = 34;

    ColumnChart {
        columns = List.copyOf(columns);
    }

    /** One column that {@code answers} answers reach, on average; a share of NaN where there is none. */
    record Column(String label, double share, Optional<Interval> ci95, double answers) {}

    @Override
    public double draw(Svg svg, double width, double top) {
        double start = Legend.draw(
                        svg,
                        reference
                                .map(line -> List.of(new Legend.Entry(line.name(), line.paint(), Optional.empty())))
                                .orElse(List.of()),
                        width,
                        top)
                + 6;
        double highest = columns.stream()
                .mapToDouble(column ->
                        column.ci95().map(Interval::high).orElse(Double.isFinite(column.share()) ? column.share() : 0))
                .max()
                .orElse(1);
        Ticks y = Ticks.around(0, Math.max(highest, .01), 6);
        double left = y.at().stream()
                        .mapToDouble(tick -> Svg.width(form.apply(tick), Svg.SMALL))
                        .max()
                        .orElse(0)
                + 10;
        double bottom = start + HEIGHT;
        double right = width - 8;
        for (double tick : y.at()) {
            double at = bottom - HEIGHT * y.place(tick);
            svg.line(left, at, right, at, Paint.GRID, 1);
            svg.text(left - 8, at + 4, form.apply(tick), Anchor.END, Paint.MUTED, Svg.SMALL);
        }
        double step = (right - left) / Math.max(1, columns.size());
        columns(svg, y, left, bottom, step);
        reference.ifPresent(line -> {
            double at = bottom - HEIGHT * y.place(line.y());
            svg.dashed(left, at, right, at, line.paint());
        });
        labels(svg, left, right, bottom, step);
        return counts(svg, left, right, bottom + 46, step);
    }

    private void columns(Svg svg, Ticks y, double left, double bottom, double step) {
        double thick = Math.min(step * .74, 44);
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            double middle = left + (i + .5) * step;
            if (Double.isFinite(column.share())) {
                double height = HEIGHT * y.place(column.share());
                svg.rectangle(middle - thick / 2, bottom - height, thick, height, Paint.BLUE, .85);
            }
            column.ci95().ifPresent(ci95 -> {
                double low = bottom - HEIGHT * y.place(ci95.low());
                double high = bottom - HEIGHT * y.place(ci95.high());
                svg.line(middle, low, middle, high, Paint.INK, 1.2);
            });
        }
        svg.line(left, bottom, left + step * columns.size(), bottom, Paint.MUTED, 1);
    }

    /** Labels that would touch the one before are left out. */
    private void labels(Svg svg, double left, double right, double bottom, double step) {
        double free = 0;
        for (int i = 0; i < columns.size(); i++) {
            String label = columns.get(i).label();
            double half = Svg.width(label, Svg.SMALL) / 2;
            double middle = left + (i + .5) * step;
            if (middle - half >= free && middle + half <= right + 8) {
                svg.text(middle, bottom + 17, label, Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
                free = middle + half + 7;
            }
        }
        svg.text((left + right) / 2, bottom + 36, across, Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
    }

    private double counts(Svg svg, double left, double right, double top, double step) {
        double most = columns.stream().mapToDouble(Column::answers).max().orElse(0);
        double bottom = top + COUNTS;
        double thick = Math.min(step * .74, 44);
        for (int i = 0; i < columns.size() && most > 0; i++) {
            double height = COUNTS * columns.get(i).answers() / most;
            svg.rectangle(left + (i + .5) * step - thick / 2, bottom - height, thick, height, Paint.GRAY, .6);
        }
        svg.line(left, bottom, right, bottom, Paint.GRID, 1);
        String text = "answers that are so long, at most " + Numbers.count(Math.round(most));
        svg.text((left + right) / 2, bottom + 16, text, Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
        return bottom + 24;
    }
}
