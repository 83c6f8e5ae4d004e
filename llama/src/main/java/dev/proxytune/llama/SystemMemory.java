package dev.proxytune.llama;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Tell how much memory the process can still get, where the system says so. */
public final class SystemMemory {
    private static final Path CGROUP = Path.of("/sys/fs/cgroup");

    private SystemMemory() {}

    /** Return the bytes available: what the machine has left, or the container's limit if that is lower. */
    public static OptionalLong available() {
        OptionalLong machine = field(Path.of("/proc/meminfo"), "MemAvailable:", 1024);
        OptionalLong container = container();
        if (machine.isEmpty() || container.isEmpty()) {
            return machine.isPresent() ? machine : container;
        }
        return OptionalLong.of(Math.min(machine.getAsLong(), container.getAsLong()));
    }

    private static OptionalLong container() {
        OptionalLong second = left(
                CGROUP.resolve("memory.max"),
                CGROUP.resolve("memory.current"),
                CGROUP.resolve("memory.stat"),
                "inactive_file ");
        return second.isPresent()
                ? second
                : left(
                        CGROUP.resolve("memory/memory.limit_in_bytes"),
                        CGROUP.resolve("memory/memory.usage_in_bytes"),
                        CGROUP.resolve("memory/memory.stat"),
                        "total_inactive_file ");
    }

    /** Return the limit less what is used; pages of files that can be dropped do not count as used. */
    private static OptionalLong left(Path limit, Path usage, Path statistics, String droppable) {
        OptionalLong most = field(limit, "", 1);
        OptionalLong used = field(usage, "", 1);
        if (most.isEmpty() || used.isEmpty()) {
            return OptionalLong.empty();
        }
        long held = used.getAsLong() - field(statistics, droppable, 1).orElse(0);
        return OptionalLong.of(Math.max(0, most.getAsLong() - Math.max(0, held)));
    }

    /** Read the number behind the first line's prefix; there may be none, or a word such as {@code max}. */
    private static OptionalLong field(Path file, String prefix, long unit) {
        if (!Files.isReadable(file)) {
            return OptionalLong.empty();
        }
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith(prefix))
                    .limit(1)
                    .map(line -> line.substring(prefix.length()).strip().split(" ", 2)[0])
                    .filter(number -> number.matches("\\d{1,18}"))
                    .mapToLong(number -> Math.multiplyExact(Long.parseLong(number), unit))
                    .findFirst();
        } catch (IOException | UncheckedIOException | ArithmeticException e) {
            return OptionalLong.empty();
        }
    }
}
