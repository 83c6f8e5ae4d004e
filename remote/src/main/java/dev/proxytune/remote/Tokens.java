package dev.proxytune.remote;

import dev.proxytune.Prompt;
import java.util.Arrays;

/** Hold the token ids of a text that grows and is cut back. Not thread-safe. */
final class Tokens {
    private int[] ids = new int[64];
    private int size;

    void set(Prompt prompt) {
        size = prompt.length();
        ids = Arrays.copyOf(prompt.tokens(), Math.max(64, size * 2));
    }

    void set(Tokens other) {
        ids = other.ids.clone();
        size = other.size;
    }

    void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, size * 2);
        }
        ids[size++] = id;
    }

    void cut(int length) {
        size = length;
    }

    int size() {
        return size;
    }

    int get(int index) {
        return ids[index];
    }

    /** Return the first tokens. */
    int[] first(int count) {
        return Arrays.copyOf(ids, count);
    }
}
