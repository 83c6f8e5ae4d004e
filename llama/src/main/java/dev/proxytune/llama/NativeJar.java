package dev.proxytune.llama;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Copy the libraries out of their jar into a folder, for a library can only be loaded from a file.
 *
 * <p>The folder is named by the hash of the list of its files, so other contents get another folder. It is filled
 * under another name and renamed when complete: whoever sees it sees all of it, and two processes that fill it at once
 * do not disturb each other. A later start looks at the sizes only.
 */
final class NativeJar {
    private static final String RESOURCES = "dev/proxytune/llama/natives/";
    private static final String LIST = "natives.properties";

    private NativeJar() {}

    private record Entry(String name, long size, String sha256) {}

    /** Return the folder with the libraries of a platform, or nothing if no jar on the class path holds them. */
    static Optional<Path> extract(String platform) {
        return extract(platform, CacheFolder.path());
    }

    /** Do the same below a folder of one's choice. */
    static Optional<Path> extract(String platform, Path parent) {
        Optional<byte[]> list = read(RESOURCES + platform + "/" + LIST);
        return list.map(bytes -> extract(RESOURCES + platform + "/", bytes, parent));
    }

    private static Path extract(String resources, byte[] list, Path parent) {
        List<Entry> entries = entries(list);
        String name = "llama.cpp-" + LlamaLibrary.VERSION + "-"
                + HexFormat.of().formatHex(sha256().digest(list)).substring(0, 16);
        List<String> failures = new ArrayList<>();
        try {
            return complete(parent.resolve(name), resources, entries);
        } catch (FileSystemException e) {
            failures.add(parent + " (" + reason(e) + ")");
        } catch (IOException e) {
            failures.add(parent + " (" + e.getMessage() + ")");
        }
        try {
            // Others can write into the temporary folder, so nothing that lies there already is trusted.
            Path own = Files.createTempDirectory("proxytune-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteQuietly(own)));
            return complete(own.resolve(name), resources, entries);
        } catch (IOException e) {
            failures.add(System.getProperty("java.io.tmpdir") + " (" + e.getMessage() + ")");
        }
        throw new NativeLibraryException("The libraries of llama.cpp cannot be written to a folder; tried "
                + String.join(", ", failures) + ": make one writable, or set " + NativeFolder.VARIABLE
                + " to a folder that holds them");
    }

    private static Path complete(Path folder, String resources, List<Entry> entries) throws IOException {
        if (!isComplete(folder, entries)) {
            fill(folder, resources, entries);
        }
        return folder;
    }

    private static void deleteQuietly(Path folder) {
        try {
            delete(folder);
        } catch (IOException _) {
            // What cannot be deleted stays for the system to clean up.
        }
    }

    private static String reason(FileSystemException e) {
        return Optional.ofNullable(e.getReason()).orElse(e.getClass().getSimpleName());
    }

    private static boolean isComplete(Path folder, List<Entry> entries) throws IOException {
        for (Entry entry : entries) {
            Path file = folder.resolve(entry.name());
            if (!Files.isRegularFile(file) || Files.size(file) != entry.size()) {
                return false;
            }
        }
        return true;
    }

    private static void fill(Path folder, String resources, List<Entry> entries) throws IOException {
        Files.createDirectories(folder.getParent());
        Path part = Files.createTempDirectory(folder.getParent(), folder.getFileName() + ".part");
        try {
            for (Entry entry : entries) {
                copy(resources, entry, part.resolve(entry.name()));
            }
            if (Files.exists(folder)) {
                // Damaged, or filled by another process just now; the name must be free for the rename.
                if (isComplete(folder, entries)) {
                    return;
                }
                delete(folder);
            }
            Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Another process may have been first, with the same contents.
            if (!(e instanceof FileAlreadyExistsException) && !isComplete(folder, entries)) {
                throw e;
            }
        } finally {
            delete(part);
        }
    }

    private static void copy(String resources, Entry entry, Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = open(resources + entry.name())
                        .orElseThrow(() -> new IOException("the jar lacks " + entry.name()));
                var out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
            in.transferTo(out);
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(entry.sha256())) {
            throw new IOException("the jar's " + entry.name() + " is damaged: its SHA-256 is not the one listed");
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static List<Entry> entries(byte[] list) {
        var properties = new Properties();
        try {
            properties.load(new StringReader(new String(list, StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new AssertionError("A string can be read", e);
        }
        return properties.stringPropertyNames().stream()
                .filter(key -> key.startsWith("file.") && key.endsWith(".size"))
                .map(key -> key.substring("file.".length(), key.length() - ".size".length()))
                .sorted()
                .map(name -> new Entry(
                        name,
                        Long.parseLong(properties.getProperty("file." + name + ".size")),
                        properties.getProperty("file." + name + ".sha256", "")))
                .toList();
    }

    private static Optional<byte[]> read(String resource) {
        try (InputStream in = open(resource).orElseGet(() -> new ByteArrayInputStream(new byte[0]))) {
            byte[] bytes = in.readAllBytes();
            return bytes.length == 0 ? Optional.empty() : Optional.of(bytes);
        } catch (IOException e) {
            throw new NativeLibraryException("Cannot read " + resource + " from the class path: " + e.getMessage(), e);
        }
    }

    private static Optional<InputStream> open(String resource) {
        // No module hides the files: their folder is no name of a package.
        return Optional.ofNullable(NativeJar.class.getClassLoader())
                .flatMap(loader -> Optional.ofNullable(loader.getResourceAsStream(resource)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }
}
