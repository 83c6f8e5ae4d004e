package dev.proxytune.llama;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Hold the folder that llama.cpp's libraries are loaded from.
 *
 * @param path the folder
 * @param origin what named it, for messages
 */
record NativeFolder(Path path, String origin) {
    static final String PROPERTY = "proxytune.llama.lib.dir";
    static final String VARIABLE = "LLAMA_CPP_LIB_DIR";

    /** Find the folder: the system property, the environment variable, or the libraries that came along as a jar. */
    static NativeFolder find() {
        return named(System.getProperty(PROPERTY, ""), "the system property " + PROPERTY)
                .or(() -> named(variable(VARIABLE), "the environment variable " + VARIABLE))
                .or(() -> NativeJar.extract(platform())
                        .map(folder -> new NativeFolder(folder, "the jar proxytune-llama-natives")))
                .orElseThrow(() -> new NativeLibraryException("The libraries of llama.cpp "
                        + LlamaLibrary.VERSION + " for " + platform()
                        + " are not there: put the jar proxytune-llama-natives for this platform on the class path, or set "
                        + VARIABLE + " to a folder that holds them"));
    }

    private static Optional<NativeFolder> named(String name, String origin) {
        if (name.isBlank()) {
            return Optional.empty();
        }
        try {
            Path folder = Path.of(name).toAbsolutePath().normalize();
            if (Files.isDirectory(folder)) {
                return Optional.of(new NativeFolder(folder, origin));
            }
        } catch (InvalidPathException e) {
            // Told below like any other name that is no folder.
        }
        throw new NativeLibraryException("There is no folder " + name + ", which " + origin
                + " names: it must hold the libraries of llama.cpp " + LlamaLibrary.VERSION);
    }

    static String variable(String name) {
        return Optional.ofNullable(System.getenv(name)).orElse("");
    }

    /** Return the file of a library, whose name may carry the version: {@code libllama.v0.5.0.so}, {@code llama.dll}. */
    Optional<Path> library(String name) {
        String prefix = isWindows() ? "" : "lib";
        String suffix = isWindows() ? ".dll" : isMac() ? ".dylib" : ".so";
        return List.of(
                        prefix + name + ".v" + LlamaLibrary.VERSION + suffix,
                        prefix + name + suffix,
                        prefix + name + suffix + ".0",
                        "lib" + name + suffix)
                .stream()
                .map(path::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    static boolean isWindows() {
        return osName().startsWith("windows");
    }

    static boolean isMac() {
        return osName().startsWith("mac");
    }

    private static String osName() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    }

    /** Return the platform as the jar's folders name it: {@code linux-x64}, {@code mac-arm64}. */
    static String platform() {
        String arch = System.getProperty("os.arch", "");
        String os = isWindows() ? "win" : isMac() ? "mac" : osName();
        return os + "-"
                + switch (arch) {
                    case "amd64", "x86_64" -> "x64";
                    case "aarch64" -> "arm64";
                    default -> arch;
                };
    }
}
