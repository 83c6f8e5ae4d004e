package dev.proxytune.jsonl;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Say why a file cannot be read or written. */
public final class FileFaults {
    private FileFaults() {}

    /** Return the end of a sentence that names the file. */
    public static String reason(Path file, IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "there is no such file";
            case AccessDeniedException _ -> "permission denied";
            case EOFException _ -> "the gzip file is truncated; get it again";
            default -> Files.isDirectory(file) ? "it is a folder" : other(e);
        };
    }

    /** The message of a file system begins with the file, which the sentence names already. */
    private static String other(IOException e) {
        return e instanceof FileSystemException known && known.getReason() != null
                ? known.getReason()
                : String.valueOf(e.getMessage());
    }
}
