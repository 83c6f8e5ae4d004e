package dev.proxytune.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Finds the file with what a user typed in earlier chats, and keeps it from others. */
final class HistoryFile {
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

    private HistoryFile() {}

    /** Return where it is, by the rules of XDG for what a program remembers. */
    static Path place(Console console) {
        Path state = console.variable("XDG_STATE_HOME")
                .map(Path::of)
                // Those rules say that others are to be ignored.
                .filter(Path::isAbsolute)
                .orElseGet(() -> Path.of(
                        console.variable("HOME").orElseGet(() -> System.getProperty("user.home", "")),
                        ".local",
                        "state"));
        return state.resolve("proxytune").resolve("chat_history");
    }

    /**
     * Create the file unless it is there, and let only its owner read it.
     *
     * @throws IOException if that is not possible
     */
    static void prepare(Path file) throws IOException {
        Path folder = file.getParent();
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        if (folder != null) {
            Files.createDirectories(folder, attributes(posix, FOLDER));
        }
        try {
            Files.createFile(file, attributes(posix, FILE));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isRegularFile(file)) {
                throw e;
            }
            if (posix) {
                Files.setPosixFilePermissions(file, FILE);
            }
        }
    }

    private static FileAttribute<?>[] attributes(boolean posix, Set<PosixFilePermission> permissions) {
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }
}
