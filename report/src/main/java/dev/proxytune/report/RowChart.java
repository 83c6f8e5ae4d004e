package dev.proxytune.report;

import dev.proxytune.eval.Interval;
import dev.proxytune.report.Svg.Anchor;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;

/**
 * Draw values of named things below one another, with intervals.
 *
 * @param rows from top to bottom
 * @param legend what its forms mean
 * @param from where the axis begins at the latest
 * @param to where it ends at the earliest
 * @param reference a value to compare with, drawn as a dashed line
 * @param bars whether values are bars from 0, else points
 * @param form how numbers of the axis are written
 * @param axis what the axis tells
 */
record RowChart(
        List<Row> rows,
        List<Legend.Entry> legend,
        double from,
        double to,
        Optional<Double> reference,
        boolean bars,
        DoubleFunction<String> form,
        String axis)
        implements Drawing {
    private static final double LINE = 18;
    private static final double GAP = 10;
    private static final double BESIDE = 500;

    RowChart {
        rows = List.copyOf(rows);
        legend = List.copyOf(legend);
    }

    /**
     * One thing.
     *
     * @param note what stands at the right end where there is room, such as a count
     */
    record Row(String label, List<Value> values, String note) {
        Row {
            values = List.copyOf(values);
        }
    }

    /** One value; NaN where there is none. */
    record Value(double value, Optional<Interval> ci95, Paint paint, Marker marker) {}

    @Override
    public double draw(Svg svg, double width, double top) {
        double labels = labels(width);
        double notes = width >= BESIDE
                ? rows.stream()
                        .mapToDouble(row -> row.note().isEmpty() ? 0 : Svg.width(row.note(), Svg.SMALL) + 10)
                        .max()
                        .orElse(0)
                : 0;
        double left = labels + 12;
        double right = width - Math.max(notes, 24);
        Ticks ticks = ticks((int) Math.clamp((right - left) / 70, 3, 9));
        double start = Legend.draw(svg, legend, width, top);
        double end = start
                + rows.stream()
                        .mapToDouble(row -> row.values().size() * LINE + GAP)
                        .sum();
        var plot = new Plot(svg, ticks, left, right, start, end);
        plot.axis();
        double y = start;
        for (Row row : rows) {
            double height = row.values().size() * LINE;
            double middle = y + GAP / 2 + height / 2 + 4.5;
            svg.text(labels, middle, Svg.fitting(row.label(), labels, Svg.NORMAL), Anchor.END, Paint.INK, Svg.NORMAL);
            if (notes > 0) {
                svg.text(width, middle, row.note(), Anchor.END, Paint.MUTED, Svg.SMALL);
            }
            for (int i = 0; i < row.values().size(); i++) {
                plot.value(row.values().get(i), y + GAP / 2 + (i + .5) * LINE);
            }
            y += height + GAP;
        }
        return end + 44;
    }

    private double labels(double width) {
        double widest = rows.stream()
                .mapToDouble(row -> Svg.width(row.label(), Svg.NORMAL))
                .max()
                .orElse(0);
        return Math.min(widest, width * .36);
    }

    /** The axis holds all values. Intervals, which may be very wide, are followed as far as the values are apart. */
    private Ticks ticks(int most) {
        double low = from;
        double high = to;
        for (Row row : rows) {
            for (Value value : row.values()) {
                if (Double.isFinite(value.value())) {
                    low = Math.min(low, value.value());
                    high = Math.max(high, value.value());
                }
            }
        }
        double room = high > low ? high - low : Math.max(Math.abs(high), .1);
        double least = low - room;
        double most95 = high + room;
        for (Row row : rows) {
            for (Value value : row.values()) {
                if (value.ci95().isPresent()) {
                    low = Math.min(low, Math.max(least, value.ci95().get().low()));
                    high = Math.max(high, Math.min(most95, value.ci95().get().high()));
                }
            }
        }
        return Ticks.around(low, high, most);
    }

    private final class Plot {
        private final Svg svg;
        private final Ticks ticks;
        private final double left;
        private final double right;
        private final double top;
        private final double bottom;

        Plot(Svg svg, Ticks ticks, double left, double right, double top, double bottom) {
            this.svg = svg;
            this.ticks = ticks;
            this.left = left;
            this.right = right;
            this.top = top;
            this.bottom = bottom;
        }

        double x(double value) {
            return left + (right - left) * Math.clamp(ticks.place(value), 0, 1);
        }

        void axis() {
            for (double tick : ticks.at()) {
                boolean zero = bars && tick == 0;
                svg.line(x(tick), top, x(tick), bottom, zero ? Paint.MUTED : Paint.GRID, 1);
                svg.text(x(tick), bottom + 17, form.apply(tick), Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
            }
            svg.text((left + right) / 2, bottom + 36, axis, Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
            reference.ifPresent(value -> svg.dashed(x(value), top, x(value), bottom, Paint.INK));
        }

        void value(Value value, double y) {
            if (!Double.isFinite(value.value())) {
                svg.text(left + 4, y + 4, "no value", Anchor.START, Paint.MUTED, Svg.SMALL);
                return;
            }
            if (bars) {
                double zero = x(0);
                double end = x(value.value());
                svg.rectangle(Math.min(zero, end), y - 6.5, Math.abs(end - zero), 13, value.paint(), .85);
                value.ci95().ifPresent(ci95 -> interval(ci95, y, Paint.INK));
            } else {
                value.ci95().ifPresent(ci95 -> interval(ci95, y, value.paint()));
                svg.marker(value.marker(), x(value.value()), y, value.paint());
            }
        }

        /** An end that the axis does not reach has an arrow instead of a cap. */
        private void interval(Interval ci95, double y, Paint paint) {
            svg.line(x(ci95.low()), y, x(ci95.high()), y, paint, 1.6);
            end(ci95.low(), ci95.low() < ticks.low(), 1, y, paint);
            end(ci95.high(), ci95.high() > ticks.high(), -1, y, paint);
        }

        private void end(double value, boolean beyond, int inward, double y, Paint paint) {
            double x = x(value);
            if (beyond) {
                svg.polyline(
                        List.of(
                                new Svg.Point(x + 5.0 * inward, y - 4),
                                new Svg.Point(x, y),
                                new Svg.Point(x + 5.0 * inward, y + 4)),
                        paint,
                        1.6,
                        false);
            } else {
                svg.line(x, y - 3.5, x, y + 3.5, paint, 1.6);
            }
        }
    }
}
