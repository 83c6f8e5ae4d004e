package dev.proxytune.eval;

import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.FileFaults;
import dev.proxytune.jsonl.RowWriter;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Label rows, several at a time, and keep what is done: each labeled row is appended to a file at once, from which a
 * later run goes on. At the end the file holds all rows in their order.
 */
public final class Labeling {
    /** Tells which row of the predictions a kept one is. */
    private static final String ROW = "scored_row";

    private final Labeler labeler;
    private final int threads;
    private final Optional<Path> out;
    private final IntConsumer progress;

    /**
     * Prepare to label.
     *
     * @param threads how many rows at a time, 1 or more
     * @param out the file that keeps labeled rows; nothing to keep none
     * @param progress hears the number of rows still without a label, after each
     */
    public Labeling(Labeler labeler, int threads, Optional<Path> out, IntConsumer progress) {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads must be 1 or more, got: " + threads);
        }
        this.labeler = labeler;
        this.threads = threads;
        this.out = out;
        this.progress = progress;
    }

    /**
     * Return the rows with labels, in the same order.
     *
     * @param rows what to label; rows that lack none are left as they are
     * @throws ProxyTuneException if the file cannot be written, is of other rows, or the labeler gives up
     */
    public List<Row> run(List<Row> rows) {
        out.ifPresent(RowWriter::requirePlace);
        List<Row> labeled = new ArrayList<>(rows);
        Map<Integer, Row> kept =
                out.filter(Files::exists).map(file -> kept(file, rows)).orElse(Map.of());
        kept.forEach(labeled::set);
        List<Integer> todo = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            if (!kept.containsKey(i) && labeler.lacks(rows.get(i))) {
                todo.add(i);
            }
        }
        if (out.isPresent()) {
            write(out.get(), labeled, kept.keySet().stream().sorted().toList());
        }
        label(labeled, todo);
        if (out.isPresent()) {
            write(out.get(), labeled, IntStream.range(0, rows.size()).boxed().toList());
        }
        return labeled;
    }

    private void label(List<Row> labeled, List<Integer> todo) {
        List<Future<?>> futures = new ArrayList<>();
        try (@Nullable BufferedWriter writer = out.isPresent() && !todo.isEmpty() ? appender(out.get()) : null;
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            int[] left = {todo.size()};
            progress.accept(left[0]);
            for (int index : todo) {
                Row row = labeled.get(index);
                futures.add(executor.submit(() -> {
                    Map<String, @Nullable Object> label = labeler.label(row);
                    synchronized (labeled) {
                        labeled.set(index, row.with(label));
                        if (writer != null && label.keySet().containsAll(needed(row))) {
                            writer.write(line(labeled.get(index), index));
                            writer.flush();
                        }
                        progress.accept(--left[0]);
                    }
                    return null;
                }));
            }
            await(futures, executor);
        } catch (IOException e) {
            throw unwritable(out.orElseThrow(), e);
        }
    }

    private List<String> needed(Row row) {
        return labeler.fields().stream().filter(field -> !row.has(field)).toList();
    }

    private void await(List<Future<?>> futures, ExecutorService executor) throws IOException {
        try {
            for (Future<?> future : futures) {
                future.get();
            }
        } catch (ExecutionException e) {
            executor.shutdownNow();
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new ProxyTuneException("Labeling was interrupted", e);
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
            throw new ProxyTuneException("Labeling was interrupted", e);
        }
    }

    private static BufferedWriter appender(Path file) throws IOException {
        return Files.newBufferedWriter(file, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    }

    private static String line(Row row, int index) {
        return row.with(Map.of(ROW, index + 1)).json() + "\n";
    }

    private static void write(Path file, List<Row> rows, List<Integer> indices) {
        try (var part = new PartialFile(file)) {
            try (BufferedWriter writer = Files.newBufferedWriter(part.path(), StandardCharsets.UTF_8)) {
                for (int index : indices) {
                    writer.write(line(rows.get(index), index));
                }
            }
            part.complete(true);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static ProxyTuneException unwritable(Path file, IOException e) {
        return new ProxyTuneException(
                "The labeled rows cannot be written to " + file + ": " + FileFaults.reason(file, e), e);
    }

    /** Return the rows with labels that an earlier run left, by their indices. */
    private Map<Integer, Row> kept(Path file, List<Row> rows) {
        List<String> lines;
        try {
            // The run before may have been ended in the middle of a character.
            lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new ProxyTuneException("The file " + file + " cannot be read: " + FileFaults.reason(file, e), e);
        }
        Map<Integer, Row> kept = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            Row row = RowFile.parse(file.toString(), i + 1, lines.get(i));
            if (row == null && i == lines.size() - 1) {
                // The run before was ended in the middle of a line.
                continue;
            }
            int index = row == null ? -1 : (int) row.number(ROW).orElse(0) - 1;
            if (row == null || index < 0 || index >= rows.size() || !row.continues(rows.get(index), labeler.fields())) {
                throw new ProxyTuneException(file + ", row " + (i + 1) + " is no labeled row of "
                        + rows.getFirst().file() + "; name another file by --out, or delete this one");
            }
            if (row.has(labeler.fields().toArray(String[]::new)) && !labeler.lacks(row)) {
                kept.put(index, row);
            }
        }
        return kept;
    }
}
