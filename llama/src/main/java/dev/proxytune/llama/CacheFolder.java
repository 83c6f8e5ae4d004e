package dev.proxytune.llama;

import java.nio.file.Path;

/** Find the folder for files that can be made again: {@code proxytune} in the user's cache folder. */
public final class CacheFolder {
    private CacheFolder() {}

    /** Return the folder, which need not exist yet. */
    public static Path path() {
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
        return cache.resolve("proxytune").toAbsolutePath();
    }
}
