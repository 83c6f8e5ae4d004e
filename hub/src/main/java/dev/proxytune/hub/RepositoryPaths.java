package dev.proxytune.hub;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Refuse names from the hub that would lead out of the cache or cannot be the names of files. */
final class RepositoryPaths {
    private static final int LONGEST_SEGMENT = 255;
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.+=-]{0,199}");

    private RepositoryPaths() {}

    /**
     * Check a file's path in a repository.
     *
     * @throws HubException if it is absolute, leads upwards, or has characters that paths must not have
     */
    static String require(String path, String repository) {
        boolean fine = !path.isEmpty() && path.indexOf('\\') < 0 && path.chars().noneMatch(Character::isISOControl);
        for (String segment : path.split("/", -1)) {
            fine &= !segment.isEmpty()
                    && !segment.equals(".")
                    && !segment.equals("..")
                    && segment.getBytes(StandardCharsets.UTF_8).length <= LONGEST_SEGMENT;
        }
        // A drive's letter makes a path absolute on Windows.
        fine &= !path.matches("(?s)[A-Za-z]:.*");
        if (!fine) {
            throw new HubException("The repository " + repository + " names a file '" + path
                    + "', which is not a plain path inside it; nothing of it is fetched");
        }
        return path;
    }

    /** Resolve a checked path in a folder. */
    static Path resolve(Path folder, String path) {
        try {
            Path whole = folder.resolve(path.replace("/", folder.getFileSystem().getSeparator()));
            if (whole.normalize().startsWith(folder) && !whole.equals(folder)) {
                return whole;
            }
        } catch (InvalidPathException e) {
            throw new HubException("This system has no file names like '" + path + "'", e);
        }
        throw new HubException("The path '" + path + "' leads out of its folder");
    }

    /** Check what the hub calls a commit. */
    static String requireCommit(String commit, String repository) {
        if (!COMMIT.matcher(commit).matches()) {
            throw new HubException("The hub's answer about " + repository
                    + " names no commit of 40 hexadecimal digits; is HF_ENDPOINT a hub?");
        }
        return commit;
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    /** Return the tag that names a file's content in the cache, from a header {@code ETag}. */
    static String requireTag(String header, String repository) {
        String tag = header.strip();
        tag = tag.startsWith("W/") ? tag.substring(2) : tag;
        tag = tag.replaceAll("^\"+|\"+$", "");
        if (!TAG.matcher(tag).matches() || tag.contains("..")) {
            throw new HubException("The hub's answer about " + repository + " has no tag that can name a file");
        }
        return tag;
    }
}
