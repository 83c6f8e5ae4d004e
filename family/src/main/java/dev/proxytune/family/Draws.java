package dev.proxytune.family;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Draw from lists; the same on every machine for the same state of a {@link SplittableRandom}. */
final class Draws {
    private Draws() {}

    static <T> T one(List<T> list, RandomGenerator random) {
        return list.get(random.nextInt(list.size()));
    }

    /** Return whether an event of this probability happens. */
    static boolean happens(double probability, RandomGenerator random) {
        return random.nextDouble() < probability;
    }

    /** Return a number from first to last, both included. */
    static int between(int first, int last, RandomGenerator random) {
        return random.nextInt(first, last + 1);
    }

    static <T> List<T> shuffled(List<T> list, RandomGenerator random) {
        List<T> copy = new ArrayList<>(list);
        shuffle(copy, random);
        return copy;
    }

    /** Shuffle in place, by steps written out here as those of the JDK may change. */
    private static <T> void shuffle(List<T> list, RandomGenerator random) {
        for (int last = list.size() - 1; last > 0; last--) {
            Collections.swap(list, last, random.nextInt(last + 1));
        }
    }

    /** Yield the elements of a list in random order, all of them before any comes again. */
    static final class Deck<T> {
        private final List<T> cards;
        private final RandomGenerator random;
        private int next;

        Deck(List<T> cards, RandomGenerator random) {
            if (cards.isEmpty()) {
                throw new IllegalArgumentException("there must be something to draw from");
            }
            this.cards = shuffled(cards, random);
            this.random = random;
        }

        T draw() {
            if (next == cards.size()) {
                next = 0;
                shuffle(cards, random);
            }
            return cards.get(next++);
        }
    }
}
