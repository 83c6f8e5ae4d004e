package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** A fake hub, an empty cache, and a client of them that never really waits. */
final class Workbench implements AutoCloseable {
    static final String REPOSITORY = "Acme/Tiny-GGUF";

    final FakeHub hub = new FakeHub();
    final List<Duration> waits = new CopyOnWriteArrayList<>();
    final List<String> heard = new ArrayList<>();
    final List<Long> told = new ArrayList<>();
    final Map<String, String> variables = new HashMap<>();
    final Path home;
    DownloadPlan plan = new DownloadPlan(4, 1 << 16, 1 << 18);
    long free = Long.MAX_VALUE;

    final PullListener listener = new PullListener() {
        @Override
        public void onStart(String file, long bytes, long there) {
            heard.add("start " + file + " " + bytes + " " + there);
        }

        @Override
        public void onProgress(long done) {
            told.add(done);
        }

        @Override
        public void onEnd(String file, long bytes) {
            heard.add("end " + file + " " + bytes);
        }

        @Override
        public void onUnhashed(String file) {
            heard.add("unhashed " + file);
        }

        @Override
        public void onNotice(String line) {
            heard.add("notice " + line);
        }
    };

    Workbench(Path home) {
        this.home = home;
        variables.put("HF_ENDPOINT", hub.endpoint());
        variables.put("HF_HUB_DOWNLOAD_TIMEOUT", "5");
    }

    HubSettings settings() {
        return HubSettings.of(name -> Optional.ofNullable(variables.get(name)), home);
    }

    ModelHub client() {
        return new ModelHub(settings(), (duration, _) -> waits.add(duration), plan, _ -> free);
    }

    LocalModel pull(String reference) {
        return client().pull(ModelReference.parse(reference), listener, new Cancellation());
    }

    Optional<LocalModel> find(String reference) {
        return client().find(ModelReference.parse(reference));
    }

    Path folder() {
        return home.resolve(".cache/huggingface/hub/models--Acme--Tiny-GGUF");
    }

    Path incomplete(String tag) {
        return folder().resolve("blobs").resolve(tag + ".incomplete");
    }

    /** Return all paths below the cache's folder that are no folders. */
    List<String> files() {
        Path root = home.resolve(".cache/huggingface/hub");
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> !Files.isDirectory(path))
                    .map(path -> root.relativize(path).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] random(int length, long seed) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        byte[] magic = "GGUF".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, bytes, 0, Math.min(length, magic.length));
        return bytes;
    }

    @Override
    public void close() {
        hub.close();
    }
}
