package dev.proxytune.report;

import dev.proxytune.report.Svg.Anchor;
import java.util.List;
import java.util.Optional;

/** Say above a figure what its forms and colors mean, in as many lines as that takes. */
final class Legend {
    private static final double LINE = 20;
    private static final double SAMPLE = 26;

    private Legend() {}

    /**
     * One thing to explain.
     *
     * @param marker its points' form; a dashed line if there is none
     */
    record Entry(String name, Paint paint, Optional<Marker> marker) {}

    /** Draw, and return where the legend ends. */
    static double draw(Svg svg, List<Entry> entries, double width, double top) {
        if (entries.isEmpty()) {
            return top;
        }
        double x = 0;
        double y = top + 14;
        for (Entry entry : entries) {
            String name = Svg.fitting(entry.name(), width - SAMPLE, Svg.SMALL);
            double needed = SAMPLE + Svg.width(name, Svg.SMALL) + 12;
            if (x > 0 && x + needed > width) {
                x = 0;
                y += LINE;
            }
            if (entry.marker().isPresent()) {
                svg.line(x + 2, y - 4, x + 20, y - 4, entry.paint(), 2);
                svg.marker(entry.marker().get(), x + 11, y - 4, entry.paint());
            } else {
                svg.dashed(x + 2, y - 4, x + 20, y - 4, entry.paint());
            }
            svg.text(x + SAMPLE, y, name, Anchor.START, Paint.MUTED, Svg.SMALL);
            x += needed;
        }
        return y + 10;
    }
}
