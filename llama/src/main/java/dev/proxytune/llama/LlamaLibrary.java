package dev.proxytune.llama;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Load llama.cpp into the process, once, and tell what was loaded.
 *
 * <p>The libraries are taken from the folder that the system property {@code proxytune.llama.lib.dir} or the
 * environment variable {@code LLAMA_CPP_LIB_DIR} names, or else from the jar {@code proxytune-llama-natives}.
 */
@SuppressWarnings("restricted")
public final class LlamaLibrary {
    /** The only version whose structs are known here. */
    static final String VERSION = "0.5.0";

    private static volatile @Nullable LlamaLibrary loaded;

    private static volatile @Nullable SymbolLookup symbols;

    private final NativeFolder folder;
    private final String version;

    private LlamaLibrary(NativeFolder folder, String version) {
        this.folder = folder;
        this.version = version;
    }

    /**
     * Describe the libraries and the devices they found, loading them first if need be.
     *
     * @throws NativeLibraryException if they cannot be found or loaded
     */
    public static LibraryInfo describe() {
        LlamaLibrary library = load();
        List<LibraryInfo.Device> devices = new ArrayList<>();
        for (int i = 0; i < BackendApi.deviceCount(); i++) {
            MemorySegment device = BackendApi.device(i);
            long[] memory = BackendApi.deviceMemory(device);
            devices.add(new LibraryInfo.Device(
                    BackendApi.deviceName(device),
                    BackendApi.deviceDescription(device),
                    BackendApi.backendName(BackendApi.deviceBackend(device)),
                    BackendApi.deviceType(device) == 1 || BackendApi.deviceType(device) == 2,
                    memory[0],
                    memory[1]));
        }
        return new LibraryInfo(
                library.folder.path(),
                library.folder.origin(),
                library.version,
                cpuLibrary().orElse(""),
                devices);
    }

    /** Load the libraries unless that has happened. A failure is final only once libllama itself is in the process. */
    static LlamaLibrary load() {
        LlamaLibrary library = loaded;
        return library != null ? library : loadOnce();
    }

    private static synchronized LlamaLibrary loadOnce() {
        LlamaLibrary library = loaded;
        if (library == null) {
            try {
                library = load(NativeFolder.find());
            } catch (IllegalCallerException e) {
                throw new NativeLibraryException(
                        "Java does not let this program call native code: start it with --enable-native-access="
                                + Optional.ofNullable(
                                                LlamaLibrary.class.getModule().getName())
                                        .orElse("ALL-UNNAMED"),
                        e);
            }
            loaded = library;
        }
        return library;
    }

    private static LlamaLibrary load(NativeFolder folder) {
        SymbolLookup lookup = open(folder);
        String version = version(lookup, folder);
        symbols = lookup;
        LlamaLog.install();
        BackendApi.loadAll(folder.path());
        BackendApi.init();
        if (cpu().isEmpty()) {
            throw new NativeLibraryException("The folder " + folder.path() + ", named by " + folder.origin()
                    + ", lacks a libggml-cpu library that runs on this processor: all files of llama.cpp " + VERSION
                    + " must lie there");
        }
        return new LlamaLibrary(folder, version);
    }

    static SymbolLookup open(NativeFolder folder) {
        Path file = folder.library("llama")
                .orElseThrow(() -> new NativeLibraryException("The folder " + folder.path() + ", named by "
                        + folder.origin() + ", does not hold libllama of llama.cpp " + VERSION));
        if (NativeFolder.isWindows()) {
            // Windows looks for what a library needs beside the program, not beside the library: load it first.
            for (String name : List.of("ggml-base", "ggml")) {
                folder.library(name).ifPresent(path -> SymbolLookup.libraryLookup(path, Arena.global()));
            }
        }
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            throw new NativeLibraryException("Cannot load " + file + ": " + reason(file), e);
        }
    }

    /** Ask the dynamic linker why it refuses a library, which a lookup does not tell. */
    private static String reason(Path file) {
        String message;
        try {
            System.load(file.toString());
            message = "the reason is not known";
        } catch (UnsatisfiedLinkError e) {
            message = Optional.ofNullable(e.getMessage()).orElse("").replaceAll("\\s+", " ");
        }
        Matcher glibc = Pattern.compile("GLIBC(?:XX)?_[0-9.]+").matcher(message);
        if (glibc.find()) {
            return "it needs a newer C library (" + glibc.group() + "): use a newer Linux, or build llama.cpp "
                    + VERSION + " on this one and set " + NativeFolder.VARIABLE;
        }
        if (message.contains("wrong ELF class") || message.contains("Can't load") || message.contains("Exec format")) {
            return "it was built for another processor than this one (" + NativeFolder.platform() + "): " + message;
        }
        return message;
    }

    private static String version(SymbolLookup lookup, NativeFolder folder) {
        String version;
        try {
            MethodHandle function =
                    Native.bind(lookup, "llama_version", FunctionDescriptor.of(Native.POINTER), Native.TRIVIAL);
            version = Native.string((MemorySegment) function.invokeExact()).orElse("");
        } catch (NativeLibraryException e) {
            version = "of an unknown version, if it is llama.cpp at all";
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
        if (!version.equals(VERSION) && !version.startsWith(VERSION + "-")) {
            throw new NativeLibraryException("The folder " + folder.path() + ", named by " + folder.origin()
                    + ", holds a llama.cpp " + version + ", but only version " + VERSION + " can be used");
        }
        return version;
    }

    /** Return the CPU's back end, which every context needs. */
    static Optional<MemorySegment> cpu() {
        for (int i = 0; i < BackendApi.deviceCount(); i++) {
            MemorySegment device = BackendApi.device(i);
            if (BackendApi.deviceType(device) == 0) {
                return Optional.of(BackendApi.deviceBackend(device));
            }
        }
        return Optional.empty();
    }

    /** Return whether any layer could go to a GPU. */
    static boolean hasGpu() {
        for (int i = 0; i < BackendApi.deviceCount(); i++) {
            int type = BackendApi.deviceType(BackendApi.device(i));
            if (type == 1 || type == 2) {
                return true;
            }
        }
        return false;
    }

    /** Return which of the variants built for different processors was chosen, where the system can tell. */
    static Optional<String> cpuLibrary() {
        return cpuFile().map(file -> file.getFileName().toString());
    }

    /**
     * Return a function of the library chosen for this processor that its back end does not offer by name, where the
     * system can tell which library that is.
     */
    static Optional<MemorySegment> cpuFunction(String name) {
        return cpuFile()
                .flatMap(
                        file -> SymbolLookup.libraryLookup(file, Arena.global()).find(name));
    }

    private static Optional<Path> cpuFile() {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.isReadable(maps)) {
            return Optional.empty();
        }
        try (var lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.contains("/libggml-cpu"))
                    .map(line -> Path.of(line.substring(line.indexOf('/'))))
                    .filter(Files::exists)
                    .findFirst();
        } catch (IOException | UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Return the functions of libllama and of the libraries it needs. */
    static SymbolLookup symbols() {
        SymbolLookup lookup = symbols;
        if (lookup == null) {
            throw new IllegalStateException("The libraries of llama.cpp are used before they are loaded");
        }
        return lookup;
    }
}
