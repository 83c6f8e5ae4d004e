package dev.proxytune;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;

/**
 * File in the making: written under a temporary name beside its final one, which it takes when complete.
 *
 * <p>A reader of the final name never sees half a file. Nothing is left of a file that is not completed, even if the
 * JVM is told to end meanwhile. Not thread-safe.
 */
public final class PartialFile implements AutoCloseable {
    private static final String SUFFIX = ".part";
    /** Characters of a {@link UUID}. */
    private static final int UNIQUE = 36;

    private final Path destination;
    private final Path path;
    private final Thread cleaner;
    private final boolean cleaned;

    /** Choose a temporary name for a file of this name; nothing is created. */
    public PartialFile(Path destination) {
        this.destination = followed(destination);
        this.path = directory(this.destination).resolve(prefix(this.destination) + UUID.randomUUID() + SUFFIX);
        this.cleaner = new Thread(this::delete, "partial-file");
        this.cleaned = register(cleaner);
    }

    /** A link stays, and what it leads to is replaced, as when a shell redirects output. */
    private static Path followed(Path destination) {
        try {
            return Files.isSymbolicLink(destination) ? destination.toRealPath() : destination;
        } catch (IOException e) {
            // It leads nowhere, so that the link itself is what can be replaced.
            return destination;
        }
    }

    private static Path directory(Path destination) {
        Path absolute = destination.toAbsolutePath();
        return Objects.requireNonNullElse(absolute.getParent(), absolute);
    }

    private static String prefix(Path destination) {
        return "." + destination.getFileName() + ".";
    }

    /**
     * Delete what processes that were killed left of files of this name; nobody else may be writing one meanwhile.
     *
     * <p>What cannot be deleted stays, as it does no harm.
     */
    public static void deleteAbandoned(Path destination) {
        Path file = followed(destination);
        String prefix = prefix(file);
        try (var files = Files.list(directory(file))) {
            for (Path other : files.toList()) {
                String name = String.valueOf(other.getFileName());
                if (name.startsWith(prefix)
                        && name.length() == prefix.length() + UNIQUE + SUFFIX.length()
                        && name.endsWith(SUFFIX)) {
                    Files.deleteIfExists(other);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            // As above.
        }
    }

    /** Return in a few words, without the temporary name, why a file could not be written. */
    public static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "its folder is not there, or takes no files";
            case AccessDeniedException _ -> "permission denied";
            case FileSystemException known when known.getReason() != null -> Objects.requireNonNull(known.getReason());
            default -> Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
        };
    }

    private static boolean register(Thread cleaner) {
        try {
            Runtime.getRuntime().addShutdownHook(cleaner);
            return true;
        } catch (IllegalStateException e) {
            // The JVM is ending already; closing this still deletes the file if there is time.
            return false;
        }
    }

    /** Return the temporary path, to be written to by the caller. */
    public Path path() {
        return path;
    }

    /**
     * Make sure that the bytes are on the disk, and give the file its final name.
     *
     * @param replace whether a file that has the name is replaced
     * @throws java.nio.file.FileAlreadyExistsException if there is one and it is not to be replaced
     * @throws IOException if the disk is full, what has the name is a folder or a device, or the name cannot be given
     */
    public void complete(boolean replace) throws IOException {
        if (replace && Files.exists(destination) && !Files.isRegularFile(destination)) {
            // A superuser's move would put the file in the place of a device such as /dev/null.
            String reason = Files.isDirectory(destination) ? "it is a folder" : "it is no regular file";
            throw new FileSystemException(destination.toString(), null, reason);
        }
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        if (replace) {
            Files.move(path, destination, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.move(path, destination);
        }
    }

    /** Delete the file unless it is complete. */
    @Override
    public void close() {
        delete();
        if (cleaned) {
            try {
                Runtime.getRuntime().removeShutdownHook(cleaner);
            } catch (IllegalStateException e) {
                // The hook is running, and deletes what has just been deleted.
            }
        }
    }

    private void delete() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // A left-over part does no harm, and the first failure is the one to report.
        }
    }
}
