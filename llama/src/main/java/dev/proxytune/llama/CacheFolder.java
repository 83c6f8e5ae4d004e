package dev.proxytune.llama;

import java.nio.file.Path;
import java.util.List;

/** Find the folder for files that can be made again: {@code proxytune} in the user's cache folder. */
public final class CacheFolder {
    private CacheFolder() {}

    /** Return the folder, which need not exist yet. */
    public static Path path() {
        return candidates().getFirst();
    }

    /** Return where the folder may be made, the best place first. */
    static List<Path> candidates() {
        Path home = Path.of(System.getProperty("user.home", "."));
        Path cache;
        if (NativeFolder.isWindows()) {
            String local = NativeFolder.variable("LOCALAPPDATA");
            cache = local.isBlank() ? home.resolve("AppData").resolve("Local") : Path.of(local);
        } else if (NativeFolder.isMac()) {
            cache = home.resolve("Library").resolve("Caches");
        } else {
            String xdg = NativeFolder.variable("XDG_CACHE_HOME");
            cache = xdg.isBlank() ? home.resolve(".cache") : Path.of(xdg);
        }
        Path temporary = Path.of(System.getProperty("java.io.tmpdir", "."));
        // Others can write into the temporary folder too, so the user's name keeps users apart there.
        return List.of(
                cache.resolve("proxytune").toAbsolutePath(),
                temporary
                        .resolve("proxytune-" + System.getProperty("user.name", "user"))
                        .toAbsolutePath());
    }
}
