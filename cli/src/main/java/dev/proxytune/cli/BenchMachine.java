package dev.proxytune.cli;

import dev.proxytune.llama.LibraryInfo;
import dev.proxytune.llama.LlamaLibrary;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hold on what a benchmark ran.
 *
 * @param description processor, memory, system and Java
 * @param processors how many there are
 * @param features what the processor can that matters here
 * @param cacheBytes its last cache, 0 if that is not known
 * @param library llama.cpp
 * @param load how many processes wanted to run before it began, negative if that is not known
 */
record BenchMachine(
        String description,
        int processors,
        List<String> features,
        long cacheBytes,
        LibraryInfo library,
        double load,
        LocalDate date) {
    private static final Path CACHE = Path.of("/sys/devices/system/cpu/cpu0/cache/index3/size");

    private static final List<String> OF_INTEREST = List.of(
            "avx2",
            "f16c",
            "avx512f",
            "avx512_vnni",
            "avx512_bf16",
            "avx_vnni",
            "amx_int8",
            "amx_bf16",
            "asimddp",
            "i8mm",
            "sve");

    /** A part of the processors that something else keeps busy is no matter. */
    private static final double QUIET = 0.35;

    static BenchMachine detect() {
        return new BenchMachine(
                Machine.describe(),
                Runtime.getRuntime().availableProcessors(),
                features(Machine.processorText()),
                cache(Machine.text(CACHE)),
                LlamaLibrary.describe(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                LocalDate.now(ZoneId.systemDefault()));
    }

    /** Return what matters of what a system says of its processors. */
    static List<String> features(String text) {
        return text.lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .findFirst()
                .map(line -> Arrays.asList(
                        line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
                .map(all -> OF_INTEREST.stream().filter(all::contains).toList())
                .orElse(List.of());
    }

    private static long cache(String text) {
        String digits = text.replaceAll("[^0-9]", "");
        return digits.isEmpty() || digits.length() > 9 ? 0 : Long.parseLong(digits) << 10;
    }

    /**
     * Return how many times as many multiply-adds of bytes one instruction does as of 32-bit numbers, as quantized
     * weights are multiplied.
     */
    int bytesAtOnce() {
        if (features.contains("amx_int8")) {
            return 32;
        }
        if (features.contains("i8mm")) {
            return 8;
        }
        boolean four =
                features.contains("avx512_vnni") || features.contains("avx_vnni") || features.contains("asimddp");
        return four ? 4 : 1;
    }

    /** Return whether other work ran when it began. */
    boolean isBusy() {
        return load > QUIET * processors;
    }

    List<String> gpus() {
        return library.devices().stream()
                .filter(LibraryInfo.Device::gpu)
                .map(LibraryInfo.Device::description)
                .toList();
    }

    /** Return it as programs read it. */
    Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("description", description);
        object.put("processors", processors);
        object.put("features", features);
        object.put("cache_bytes", cacheBytes == 0 ? null : cacheBytes);
        object.put("gpus", gpus());
        object.put("java", System.getProperty("java.version"));
        object.put("java_vendor", System.getProperty("java.vendor"));
        object.put("llama_version", library.version());
        object.put("cpu_library", library.cpuLibrary());
        object.put("date", date.toString());
        object.put("load_average", Json.number(load));
        object.put("busy", isBusy());
        return object;
    }

    /** Return it as a sentence. */
    String text() {
        return "Measured on " + date + " with " + description
                + (features.isEmpty() ? "" : " (" + String.join(", ", features) + ")")
                + (gpus().isEmpty() ? "" : ", GPUs " + String.join(", ", gpus()))
                + ", llama.cpp v" + library.version()
                + (library.cpuLibrary().isEmpty() ? "" : " (" + library.cpuLibrary() + ")")
                + (isBusy()
                        ? String.format(
                                Locale.ROOT, ", while other work ran (load %.1f): take it for provisional.", load)
                        : ", nothing else running.");
    }
}
