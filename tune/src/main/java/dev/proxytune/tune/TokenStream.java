package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Encodes files on all cores, in the order of their documents. */
final class TokenStream {
    /** Characters that a task encodes. */
    private static final int TASK = 1 << 18;

    private final TextEncoder encoder;
    private final ExecutorService executor;
    private final int threads;
    private final ArrayDeque<Future<int[]>> running = new ArrayDeque<>();
    private final TokenList ids = new TokenList();
    private List<String> documents = new ArrayList<>();
    private int characters;

    private TokenStream(TextEncoder encoder, ExecutorService executor, int threads) {
        this.encoder = encoder;
        this.executor = executor;
        this.threads = threads;
    }

    /** Return the ids of all documents, with the end token after each. */
    static int[] read(List<Path> files, TextEncoder encoder) {
        int threads = Runtime.getRuntime().availableProcessors();
        try (var executor = Executors.newFixedThreadPool(threads)) {
            var stream = new TokenStream(encoder, executor, threads);
            try {
                files.forEach(file -> Corpus.of(file).forEach(stream::add));
                stream.submit();
                stream.await(0);
                return stream.ids.toArray();
            } finally {
                executor.shutdownNow();
            }
        }
    }

    private void add(String document) {
        documents.add(document);
        characters += document.length();
        if (characters >= TASK) {
            submit();
            await(2 * threads);
        }
    }

    private void submit() {
        var task = documents;
        documents = new ArrayList<>();
        characters = 0;
        running.add(executor.submit(() -> encode(task)));
    }

    private int[] encode(List<String> task) {
        var encoded = new TokenList();
        for (String document : task) {
            // Where one token both begins and ends texts, that after a text begins the next.
            encoded.addAll(encoder.beginsWithEnd() ? encoder.encode(document) : encoder.encodeStart(document));
            encoded.add(encoder.end());
        }
        return encoded.toArray();
    }

    /** Collect what has been encoded until at most this many tasks are left. */
    private void await(int left) {
        while (running.size() > left) {
            try {
                ids.addAll(running.remove().get());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ProxyTuneException("Encoding the texts was interrupted", e);
            }
        }
    }
}
