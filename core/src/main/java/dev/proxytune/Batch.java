package dev.proxytune;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * List what one {@link Decoder#decode} does: start sequences with prompts, append answer tokens, and want rows.
 *
 * <p>Entries of one sequence apply in the order in which they were added. Wanted rows are numbered in that order over
 * all sequences. Meant to be cleared and used again; not thread-safe.
 */
public final class Batch {
    private int size;
    private int rows;
    private int[] sequences = new int[8];
    private int[] tokens = new int[8];
    private boolean[] wanted = new boolean[8];
    private @Nullable Prompt[] prompts = new Prompt[8];
    private @Nullable Steering[] steerings = new Steering[8];

    /** Create an empty batch. */
    public Batch() {}

    /** Remove all entries. */
    public Batch clear() {
        Arrays.fill(prompts, 0, size, null);
        Arrays.fill(steerings, 0, size, null);
        size = 0;
        rows = 0;
        return this;
    }

    /**
     * Let a sequence hold a prompt and nothing else; this must be the sequence's first entry in the batch.
     *
     * @param wanted whether the row after the prompt's last token is wanted
     */
    public Batch start(int sequence, Prompt prompt, Steering steering, boolean wanted) {
        for (int entry = 0; entry < size; entry++) {
            if (sequences[entry] == sequence) {
                throw new IllegalArgumentException("Sequence " + sequence + " has an entry in this batch already");
            }
        }
        int entry = add(sequence, -1, wanted);
        prompts[entry] = prompt;
        steerings[entry] = steering;
        return this;
    }

    /**
     * Append a token to the answer of a sequence.
     *
     * @param wanted whether the row after this token is wanted
     */
    public Batch append(int sequence, int token, boolean wanted) {
        if (token < 0) {
            throw new IllegalArgumentException("A token id must not be negative, got: " + token);
        }
        add(sequence, token, wanted);
        return this;
    }

    /** Return the number of entries. */
    public int size() {
        return size;
    }

    /** Return the number of rows wanted. */
    public int rows() {
        return rows;
    }

    public int sequence(int entry) {
        return sequences[Objects.checkIndex(entry, size)];
    }

    public boolean isWanted(int entry) {
        return wanted[Objects.checkIndex(entry, size)];
    }

    /** Return whether the entry starts a sequence with a prompt, and does not append a token. */
    public boolean isStart(int entry) {
        return prompts[Objects.checkIndex(entry, size)] != null;
    }

    /** Return the token of an entry that appends one. */
    public int token(int entry) {
        if (isStart(entry)) {
            throw new IllegalStateException("Entry " + entry + " starts a sequence and has no token of its own");
        }
        return tokens[entry];
    }

    /** Return the prompt of an entry that starts a sequence. */
    public Prompt prompt(int entry) {
        return of(prompts, entry);
    }

    /** Return the steering of an entry that starts a sequence. */
    public Steering steering(int entry) {
        return of(steerings, entry);
    }

    private <T> T of(@Nullable T[] values, int entry) {
        T value = values[Objects.checkIndex(entry, size)];
        if (value == null) {
            throw new IllegalStateException("Entry " + entry + " appends a token and starts no sequence");
        }
        return value;
    }

    private int add(int sequence, int token, boolean want) {
        if (sequence < 0) {
            throw new IllegalArgumentException("A sequence number must not be negative, got: " + sequence);
        }
        if (size == sequences.length) {
            int length = size * 2;
            sequences = Arrays.copyOf(sequences, length);
            tokens = Arrays.copyOf(tokens, length);
            wanted = Arrays.copyOf(wanted, length);
            prompts = Arrays.copyOf(prompts, length);
            steerings = Arrays.copyOf(steerings, length);
        }
        sequences[size] = sequence;
        tokens[size] = token;
        wanted[size] = want;
        rows += want ? 1 : 0;
        return size++;
    }
}
