package dev.proxytune.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tell how much physical memory this process holds, where the system says so. */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String NOW = "VmRSS:";
    private static final String PEAK = "VmHWM:";

    private ResidentMemory() {}

    /** Return bytes, or NaN where the system does not tell. */
    static double bytes() {
        return field(NOW);
    }

    /** Return the most bytes that it ever held, or NaN where the system does not tell. */
    static double peakBytes() {
        return field(PEAK);
    }

    private static double field(String name) {
        if (!Files.isReadable(STATUS)) {
            return Double.NaN;
        }
        try {
            for (String line : Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(name)) {
                    String kilobytes = line.substring(name.length()).strip().split(" ", 2)[0];
                    return Double.parseDouble(kilobytes) * 1024;
                }
            }
            return Double.NaN;
        } catch (IOException | NumberFormatException e) {
            return Double.NaN;
        }
    }
}
