package dev.proxytune.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Describe the GGUF models in the cache. */
final class CacheList {
    private final HubCache cache;

    CacheList(HubCache cache) {
        this.cache = cache;
    }

    List<CachedModel> all() {
        return cache.repositories().stream().flatMap(this::of).toList();
    }

    Stream<CachedModel> of(String repository) {
        return cache.commits(repository).stream().flatMap(commit -> of(repository, commit));
    }

    private Stream<CachedModel> of(String repository, String commit) {
        List<String> paths = cache.paths(repository, commit);
        List<String> revisions = cache.revisions(repository, commit);
        return paths.stream()
                .collect(Collectors.groupingBy(path -> GgufNames.Parts.of(path).path(1)))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .map(group -> model(repository, commit, revisions, group.getKey(), paths));
    }

    private CachedModel model(
            String repository, String commit, List<String> revisions, String path, List<String> paths) {
        Path snapshot = cache.snapshot(repository, commit);
        List<String> wanted = GgufNames.all(path);
        List<Path> files =
                wanted.stream().filter(paths::contains).map(snapshot::resolve).toList();
        long bytes = 0;
        Instant time = Instant.EPOCH;
        for (Path file : files) {
            bytes += size(file);
            Instant came = came(file);
            time = came.isAfter(time) ? came : time;
        }
        return new CachedModel(
                reference(repository, commit, revisions, path, paths),
                repository,
                commit,
                revisions,
                path,
                GgufNames.quantization(path),
                bytes,
                time,
                files.size() == wanted.size(),
                snapshot.resolve(path));
    }

    private static String reference(
            String repository, String commit, List<String> revisions, String path, List<String> paths) {
        Optional<String> quantization = GgufNames.quantization(path)
                .filter(name -> GgufNames.choose(paths, Optional.of(name)).equals(Optional.of(path)));
        // Nobody could tell where a branch with a slash ends and a file begins.
        String revision = revisions.contains(ModelReference.MAIN)
                ? ""
                : "@"
                        + revisions.stream()
                                .filter(name -> quantization.isPresent() || !name.contains("/"))
                                .findFirst()
                                .orElse(commit);
        return repository + revision + quantization.map(name -> ":" + name).orElse("/" + path);
    }

    /** Return the size of a file or of what a link leads to. */
    static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }

    private static Instant came(Path file) {
        try {
            return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }
}
