package dev.proxytune.cli;

import dev.proxytune.PartialFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;

/**
 * Write the part of a text file that stands between two lines of its own, and leave every other byte as it is.
 *
 * <p>A file that does not exist is made of the part alone.
 */
final class MarkedSection {
    private final Path file;
    private final String begin;
    private final String end;

    /**
     * Find the section.
     *
     * @param name what it is called in its two lines
     * @throws InputException if the file cannot be read or written, or has not each of the lines once, in order
     */
    MarkedSection(Path file, String name) {
        this.file = file;
        this.begin = "<!-- " + name + " -->";
        this.end = "<!-- end of " + name + " -->";
        String text = read();
        if (!text.isEmpty()) {
            replaced(text, "");
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
            throw new InputException("The file " + file + " cannot be written: its folder is not there, or takes none");
        }
    }

    /** Return the file byte by byte, so that what is not UTF-8 stays as it is; empty if there is none. */
    private String read() {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            String reason = Files.isDirectory(file) ? "it is a folder" : PartialFile.reason(e);
            throw new InputException("The file " + file + " cannot be read: " + reason, e);
        }
    }

    /**
     * Put another text into the section.
     *
     * @throws InputException if the file cannot be written; it is as it was then
     */
    void write(String section) {
        String text = read();
        String bytes = new String(section.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        String whole = text.isEmpty() ? begin + "\n" + bytes + end + "\n" : replaced(text, bytes);
        try {
            Path real = Files.exists(file) ? file.toRealPath() : file;
            try (var partial = new PartialFile(real)) {
                Files.writeString(partial.path(), whole, StandardCharsets.ISO_8859_1);
                keepPermissions(real, partial.path());
                partial.complete(true);
            }
        } catch (IOException e) {
            throw new InputException("The file " + file + " cannot be written: " + PartialFile.reason(e), e);
        }
    }

    private static void keepPermissions(Path from, Path to) throws IOException {
        var view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (view != null && Files.exists(from)) {
            view.setPermissions(Files.getPosixFilePermissions(from));
        }
    }

    private String replaced(String text, String section) {
        int first = only(text, begin);
        int last = only(text, end);
        if (last < first) {
            throw new InputException("The file " + file + " has '" + end + "' before '" + begin + "'");
        }
        int from = text.indexOf('\n', first) + 1;
        boolean windows = from > 1 && text.charAt(from - 2) == '\r';
        return text.substring(0, from) + (windows ? section.replace("\n", "\r\n") : section) + text.substring(last);
    }

    private int only(String text, String line) {
        int place = -1;
        for (int at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
            boolean whole = (at == 0 || text.charAt(at - 1) == '\n')
                    && text.startsWith(text.startsWith("\r", at + line.length()) ? "\r\n" : "\n", at + line.length());
            boolean last = line.equals(end) && at + line.length() == text.length();
            if (whole || last) {
                if (place >= 0) {
                    throw new InputException("The file " + file + " has the line '" + line + "' twice");
                }
                place = at;
            }
        }
        if (place < 0) {
            throw new InputException("The file " + file + " has no line '" + line + "': put '" + begin + "' and '" + end
                    + "' where the tables shall stand");
        }
        return place;
    }
}
