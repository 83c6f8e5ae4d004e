package dev.proxytune.cli;

/** Draws how much of something is done. */
final class ProgressBar {
    /** What fits a terminal of 80 columns without a line break. */
    private static final int WIDTH = 79;

    private static final int LONGEST = 24;
    private static final int SHORTEST = 4;

    private ProgressBar() {}

    /**
     * Return a bar and a space behind it.
     *
     * @param all 0 if there is nothing to do, which is then done
     */
    static String of(long done, long all) {
        return of(done, all, LONGEST);
    }

    private static String of(long done, long all, int length) {
        int filled = all == 0 ? length : Math.clamp(length * done / all, 0, length);
        return "[" + "#".repeat(filled) + " ".repeat(length - filled) + "] ";
    }

    /** Return a text behind a bar as long as the line has room for it, or as much of the text as fits alone. */
    static String line(long done, long all, String text) {
        int length = Math.min(LONGEST, WIDTH - text.length() - 3);
        return length < SHORTEST ? text.substring(0, Math.min(WIDTH, text.length())) : of(done, all, length) + text;
    }
}
