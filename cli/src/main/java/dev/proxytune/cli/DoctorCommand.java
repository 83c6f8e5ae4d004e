package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.llama.LibraryInfo;
import dev.proxytune.llama.LlamaLibrary;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tell what proxytune runs on, and what is wrong with it. */
@Command(
        name = "doctor",
        sortOptions = false,
        description = "Tell which Java, libraries and devices are used, and what is wrong with them.",
        footer = {"", "The exit code is 1 if there is a problem, each told in a line on standard error."})
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class DoctorCommand implements Callable<Integer> {
    private static final Path MEMORY = Path.of("/proc/meminfo");

    private final Console console;
    private final LibrarySource library;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    DoctorCommand(Console console) {
        this(console, LlamaLibrary::describe);
    }

    DoctorCommand(Console console, LibrarySource library) {
        this.console = console;
        this.library = library;
    }

    /** Tell which libraries of llama.cpp are there. */
    @FunctionalInterface
    interface LibrarySource {
        LibraryInfo describe();
    }

    @Override
    public Integer call() {
        List<String> problems = new ArrayList<>();
        Map<String, @Nullable Object> facts = new LinkedHashMap<>();
        facts.put("version", VersionText.version());
        facts.put("java", java());
        facts.put("system", system());
        facts.put("llama", llama(problems));
        if (json) {
            facts.put("problems", problems);
            console.print(Json.line(facts));
        } else {
            console.print(text("", facts));
        }
        problems.forEach(problem -> console.say("proxytune: " + problem));
        return problems.isEmpty() ? ExitCodes.OK : ExitCodes.FAILURE;
    }

    private static Map<String, @Nullable Object> java() {
        Map<String, @Nullable Object> java = new LinkedHashMap<>();
        java.put("version", System.getProperty("java.version"));
        java.put("vendor", System.getProperty("java.vendor"));
        java.put("home", System.getProperty("java.home"));
        java.put("heap_bytes", Runtime.getRuntime().maxMemory());
        java.put("native_access", LlamaLibrary.class.getModule().isNativeAccessEnabled());
        return java;
    }

    private static Map<String, @Nullable Object> system() {
        Map<String, @Nullable Object> system = new LinkedHashMap<>();
        system.put("name", System.getProperty("os.name"));
        system.put("version", System.getProperty("os.version"));
        system.put("architecture", System.getProperty("os.arch"));
        system.put("processors", Runtime.getRuntime().availableProcessors());
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean bean) {
            system.put("memory_bytes", bean.getTotalMemorySize());
            system.put("available_bytes", available(bean.getFreeMemorySize()));
        }
        return system;
    }

    /** Return the memory that the system could give, which is more than what lies idle. */
    private static long available(long idle) {
        if (!Files.isReadable(MEMORY)) {
            return idle;
        }
        try {
            return Files.readAllLines(MEMORY).stream()
                    .filter(line -> line.startsWith("MemAvailable:"))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .mapToLong(kilobytes -> Long.parseLong(kilobytes) * 1024)
                    .findFirst()
                    .orElse(idle);
        } catch (IOException | NumberFormatException e) {
            return idle;
        }
    }

    private @Nullable Map<String, @Nullable Object> llama(List<String> problems) {
        Map<String, @Nullable Object> llama = new LinkedHashMap<>();
        try {
            LibraryInfo info = library.describe();
            llama.put("version", info.version());
            llama.put("folder", info.folder().toString());
            llama.put("named_by", info.origin());
            llama.put("cpu_library", info.cpuLibrary());
            llama.put(
                    "gpus",
                    info.devices().stream()
                            .filter(LibraryInfo.Device::gpu)
                            .map(DoctorCommand::gpu)
                            .toList());
        } catch (ProxyTuneException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
        return llama;
    }

    private static Map<String, @Nullable Object> gpu(LibraryInfo.Device device) {
        Map<String, @Nullable Object> gpu = new LinkedHashMap<>();
        gpu.put("name", device.name());
        gpu.put("description", device.description());
        gpu.put("backend", device.backend());
        gpu.put("memory_bytes", device.totalBytes());
        gpu.put("free_bytes", device.freeBytes());
        return gpu;
    }

    /** Return the facts as indented lines. */
    private static String text(String indent, Map<?, ?> facts) {
        var text = new StringBuilder();
        facts.forEach((name, value) -> {
            String label = name.toString().replace("_bytes", "").replace('_', ' ');
            switch (value) {
                case Map<?, ?> map ->
                    text.append(indent).append(label).append('\n').append(text(indent + "  ", map));
                case List<?> list when list.isEmpty() -> text.append(String.format("%s%-14s none%n", indent, label));
                case List<?> list -> {
                    text.append(indent).append(label).append('\n');
                    list.forEach(item -> text.append(text(indent + "  ", (Map<?, ?>) item)));
                }
                case Long bytes -> text.append(String.format("%s%-14s %s%n", indent, label, Sizes.bytes(bytes)));
                case Boolean yes -> text.append(String.format("%s%-14s %s%n", indent, label, yes ? "yes" : "no"));
                case null -> text.append(String.format("%s%-14s not available%n", indent, label));
                default -> text.append(String.format("%s%-14s %s%n", indent, label, value));
            }
        });
        return text.toString();
    }
}
