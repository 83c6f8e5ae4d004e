package dev.proxytune.report;

import dev.proxytune.eval.Interval;
import dev.proxytune.report.Svg.Anchor;
import dev.proxytune.report.Svg.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Draw values over numbers as lines in the bands of their intervals.
 *
 * @param series one line each
 * @param references values to compare with, drawn across as dashed lines
 * @param form how values are written
 * @param across what the numbers below are
 */
record LineChart(List<Series> series, List<Reference> references, DoubleFunction<String> form, String across)
        implements Drawing {
    private static final double HEIGHT = 270;

    LineChart {
        series = List.copyOf(series);
        references = List.copyOf(references);
    }

    /** One line. */
    record Series(String name, Paint paint, Marker marker, List<Value> values) {
        Series {
            values = List.copyOf(values);
        }
    }

    /** One value; NaN where there is none. */
    record Value(double x, double y, Optional<Interval> ci95) {}

    /** One value to compare with. */
    record Reference(String name, Paint paint, double y) {}

    @Override
    public double draw(Svg svg, double width, double top) {
        List<Legend.Entry> entries = new ArrayList<>();
        series.forEach(line -> entries.add(new Legend.Entry(line.name(), line.paint(), Optional.of(line.marker()))));
        references.forEach(line -> entries.add(new Legend.Entry(line.name(), line.paint(), Optional.empty())));
        double start = Legend.draw(svg, entries, width, top) + 6;
        Ticks y = vertical();
        double left = y.at().stream()
                        .mapToDouble(tick -> Svg.width(form.apply(tick), Svg.SMALL))
                        .max()
                        .orElse(0)
                + 10;
        double right = width - 14;
        Ticks x = horizontal((int) Math.clamp((right - left) / 55, 3, 11));
        new Plot(svg, x, y, left, right, start, start + HEIGHT).draw();
        return start + HEIGHT + 44;
    }

    private Ticks vertical() {
        double[] values = DoubleStream.concat(
                        references.stream().mapToDouble(Reference::y),
                        series.stream()
                                .flatMap(line -> line.values().stream())
                                .flatMapToDouble(value -> value.ci95()
                                        .map(ci95 -> DoubleStream.of(ci95.low(), ci95.high(), value.y()))
                                        .orElse(DoubleStream.of(value.y()))))
                .filter(Double::isFinite)
                .toArray();
        return Ticks.around(
                DoubleStream.of(values).min().orElse(0),
                DoubleStream.of(values).max().orElse(1),
                6);
    }

    /** The ends are a little apart from the frame, so that the first and the last point are whole. */
    private Ticks horizontal(int most) {
        double low = xs().min().orElse(0);
        double high = xs().max().orElse(1);
        double room = high > low ? (high - low) * .03 : .5;
        List<Double> distinct = xs().distinct().sorted().boxed().toList();
        double least = (high - low) / most;
        boolean roomy = distinct.size() > 1
                && IntStream.range(1, distinct.size()).allMatch(i -> distinct.get(i) - distinct.get(i - 1) >= least);
        return roomy || distinct.size() == 1
                ? new Ticks(low - room, high + room, distinct)
                : Ticks.within(low - room, high + room, most);
    }

    private DoubleStream xs() {
        return series.stream().flatMap(line -> line.values().stream()).mapToDouble(Value::x);
    }

    private final class Plot {
        private final Svg svg;
        private final Ticks x;
        private final Ticks y;
        private final double left;
        private final double right;
        private final double top;
        private final double bottom;

        Plot(Svg svg, Ticks x, Ticks y, double left, double right, double top, double bottom) {
            this.svg = svg;
            this.x = x;
            this.y = y;
            this.left = left;
            this.right = right;
            this.top = top;
            this.bottom = bottom;
        }

        private double x(double value) {
            return left + (right - left) * x.place(value);
        }

        private double y(double value) {
            return bottom - (bottom - top) * y.place(value);
        }

        void draw() {
            for (double tick : y.at()) {
                svg.line(left, y(tick), right, y(tick), Paint.GRID, 1);
                svg.text(left - 8, y(tick) + 4, form.apply(tick), Anchor.END, Paint.MUTED, Svg.SMALL);
            }
            for (double tick : x.at()) {
                svg.line(x(tick), bottom, x(tick), bottom + 4, Paint.MUTED, 1);
                svg.text(x(tick), bottom + 18, Numbers.plain(tick), Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
            }
            svg.line(left, bottom, right, bottom, Paint.MUTED, 1);
            svg.text((left + right) / 2, bottom + 37, across, Anchor.MIDDLE, Paint.MUTED, Svg.SMALL);
            references.stream()
                    .filter(line -> Double.isFinite(line.y()))
                    .forEach(line -> svg.dashed(left, y(line.y()), right, y(line.y()), line.paint()));
            series.forEach(this::band);
            series.forEach(this::line);
        }

        private void band(Series line) {
            for (List<Value> run : runs(line)) {
                List<Value> known =
                        run.stream().filter(value -> value.ci95().isPresent()).toList();
                if (known.size() == 1) {
                    Interval ci95 = known.getFirst().ci95().orElseThrow();
                    double at = x(known.getFirst().x());
                    svg.line(at, y(ci95.low()), at, y(ci95.high()), line.paint(), 1.6);
                } else if (!known.isEmpty()) {
                    List<Point> around = new ArrayList<>();
                    known.forEach(value -> around.add(
                            new Point(x(value.x()), y(value.ci95().orElseThrow().high()))));
                    known.reversed()
                            .forEach(value -> around.add(new Point(
                                    x(value.x()), y(value.ci95().orElseThrow().low()))));
                    svg.polygon(around, line.paint(), .16);
                }
            }
        }

        private void line(Series line) {
            for (List<Value> run : runs(line)) {
                List<Point> points = run.stream()
                        .map(value -> new Point(x(value.x()), y(value.y())))
                        .toList();
                if (points.size() > 1) {
                    svg.polyline(points, line.paint(), 2, false);
                }
                points.forEach(point -> svg.marker(line.marker(), point.x(), point.y(), line.paint()));
            }
        }

        /** A value that is missing interrupts the line. */
        private List<List<Value>> runs(Series line) {
            List<List<Value>> runs = new ArrayList<>();
            List<Value> run = new ArrayList<>();
            for (Value value : line.values()) {
                if (Double.isFinite(value.y())) {
                    run.add(value);
                } else {
                    runs.add(List.copyOf(run));
                    run.clear();
                }
            }
            runs.add(List.copyOf(run));
            return runs.stream().filter(one -> !one.isEmpty()).toList();
        }
    }
}
