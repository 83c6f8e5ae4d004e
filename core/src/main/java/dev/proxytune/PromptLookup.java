package dev.proxytune;

import java.util.Arrays;

/**
 * Find where the last tokens of a text stood before, to guess that what followed then follows again. Not thread-safe.
 *
 * <p>It keeps the last place of every two and every three tokens in a row, so a search costs the same for any length.
 */
final class PromptLookup {
    private static final int LONGEST_KEY = 3;
    private static final int SHORTEST_KEY = 2;

    /** How far a match is followed back to tell how long it is. */
    private static final int LONGEST_MATCH = 8;

    private int[] places = new int[1 << 10];
    private int indexed;
    private int matched;

    /** Begin with another text. */
    void clear() {
        Arrays.fill(places, 0);
        indexed = 0;
    }

    /**
     * Return the place after the latest earlier one where the last tokens of a text stood, or −1 if there is none.
     *
     * @param tokens the text, of which what is certain is that of the call before, or continues it
     * @param certain how many of the tokens will stay as they are; only there it is searched
     * @param length how many of the tokens are the text
     */
    int find(int[] tokens, int certain, int length) {
        index(tokens, certain);
        for (int key = LONGEST_KEY; key >= SHORTEST_KEY; key--) {
            if (length <= key) {
                continue;
            }
            int place = places[slot(tokens, length, key)];
            matched = place == 0 ? 0 : matchLength(tokens, place, length);
            if (matched >= key) {
                return place;
            }
        }
        return -1;
    }

    /** Return how many tokens before the place found last were the same. */
    int matched() {
        return matched;
    }

    /** Note what follows each key; the last tokens have no successor yet. */
    private void index(int[] tokens, int length) {
        if (2 * LONGEST_KEY * length > places.length) {
            places = new int[Integer.highestOneBit(4 * LONGEST_KEY * length)];
            indexed = 0;
        }
        for (int end = Math.max(indexed, SHORTEST_KEY); end < length; end++) {
            for (int key = SHORTEST_KEY; key <= Math.min(LONGEST_KEY, end); key++) {
                places[slot(tokens, end, key)] = end;
            }
        }
        indexed = Math.max(indexed, length);
    }

    private int slot(int[] tokens, int end, int key) {
        int hash = key;
        for (int i = end - key; i < end; i++) {
            hash = (hash ^ tokens[i]) * 0x9E3779B1;
            hash ^= hash >>> 15;
        }
        return hash & (places.length - 1);
    }

    private static int matchLength(int[] tokens, int place, int length) {
        int most = Math.min(LONGEST_MATCH, place);
        int same = 0;
        while (same < most && tokens[place - 1 - same] == tokens[length - 1 - same]) {
            same++;
        }
        return same;
    }
}
