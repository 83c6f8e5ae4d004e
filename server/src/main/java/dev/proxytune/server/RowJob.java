package dev.proxytune.server;

import dev.proxytune.Cancellation;
import dev.proxytune.Steering;
import java.util.concurrent.CompletableFuture;

/**
 * Asks a model for the rows after the last tokens of a text. Beyond what is final, only the thread that computes rows
 * touches it.
 */
final class RowJob {
    final int key;
    final int[] tokens;
    final int rows;
    final Steering steering;
    final Cancellation cancellation;

    /** The rows one after the other, or why there are none. */
    final CompletableFuture<float[]> result = new CompletableFuture<>();

    /** Whether it is computed apart from others, since something went wrong with them together. */
    boolean alone;

    RowJob(int key, int[] tokens, int rows, Steering steering, Cancellation cancellation) {
        this.key = key;
        this.tokens = tokens;
        this.rows = rows;
        this.steering = steering;
        this.cancellation = cancellation;
    }

    /** Return how many tokens come before the first row. */
    int start() {
        return tokens.length - rows + 1;
    }
}
