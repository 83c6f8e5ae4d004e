package dev.proxytune.report;

/** Draw a figure as wide as it is told. */
@FunctionalInterface
interface Drawing {
    /**
     * Draw from a line down.
     *
     * @param width in pixels, 320 or more
     * @param top where to begin
     * @return where the drawing ends, in pixels from the top
     */
    double draw(Svg svg, double width, double top);
}
