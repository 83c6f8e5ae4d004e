package dev.proxytune.cli;

import java.util.Locale;

/** Show large numbers to people. */
final class Sizes {
    private Sizes() {}

    /** Return bytes as {@code 7.1 MiB}. */
    static String bytes(long bytes) {
        return scaled(bytes, 1024, "bytes", "KiB", "MiB", "GiB", "TiB");
    }

    /** Return a count as {@code 6.95 million}. */
    static String count(long count) {
        return scaled(count, 1000, "", "thousand", "million", "billion", "trillion")
                .strip();
    }

    private static String scaled(long value, int step, String... units) {
        double scaled = value;
        int unit = 0;
        while (scaled >= step && unit < units.length - 1) {
            scaled /= step;
            unit++;
        }
        String format = unit == 0 ? "%.0f %s" : scaled < 10 ? "%.2f %s" : "%.1f %s";
        return String.format(Locale.ROOT, format, scaled, units[unit]);
    }
}
