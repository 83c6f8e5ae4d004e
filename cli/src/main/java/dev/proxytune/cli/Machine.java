package dev.proxytune.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Describe this machine in a line. */
final class Machine {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final String MODEL = "model name";

    private Machine() {}

    /** Return processor, memory, system and Java. */
    static String describe() {
        int processors = Runtime.getRuntime().availableProcessors();
        return processors + (processors == 1 ? " processor" : " processors")
                + processor().map(name -> " (" + name + ")").orElse("")
                + memory().map(size -> ", " + size + " memory").orElse("")
                + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                + ", Java " + System.getProperty("java.version");
    }

    private static Optional<String> processor() {
        return processorText()
                .lines()
                .filter(line -> line.startsWith(MODEL))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .filter(name -> !name.isEmpty())
                .findFirst();
    }

    /** Return what the system says of its processors; nothing if it does not. */
    static String processorText() {
        return text(PROCESSORS);
    }

    /** Return a file of the system's; nothing if there is none. */
    static String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            return "";
        }
    }

    private static Optional<String> memory() {
        OptionalLong bytes = memoryBytes();
        return bytes.isPresent() ? Optional.of(Sizes.bytes(bytes.getAsLong())) : Optional.empty();
    }

    /** Return how much memory there is, as far as Java can tell. */
    static OptionalLong memoryBytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean bean
                ? OptionalLong.of(bean.getTotalMemorySize())
                : OptionalLong.empty();
    }
}
