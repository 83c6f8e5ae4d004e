package dev.proxytune;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Yield the random numbers of a seed, which can be looked at before they are taken. Not thread-safe.
 *
 * <p>A guess made with the numbers that the real draw will take is right more often than one made with others.
 */
final class RandomTape implements RandomGenerator {
    private final SplittableRandom source;
    private long[] seen = new long[16];
    private int size;
    private int place;
    private boolean looking;

    RandomTape(long seed) {
        source = new SplittableRandom(seed);
    }

    /** Let {@link #nextLong} show the numbers without taking them, until {@link #take}. */
    void look() {
        looking = true;
    }

    /** Let {@link #nextLong} take the numbers again. */
    void take() {
        looking = false;
    }

    /** Let the next look begin with the number to be taken next. */
    void lookFromStart() {
        place = 0;
    }

    @Override
    public long nextLong() {
        if (!looking && size == 0) {
            return source.nextLong();
        }
        int index = looking ? place++ : 0;
        if (index == size) {
            if (size == seen.length) {
                seen = Arrays.copyOf(seen, size * 2);
            }
            seen[size++] = source.nextLong();
        }
        long number = seen[index];
        if (!looking) {
            System.arraycopy(seen, 1, seen, 0, --size);
            place = Math.max(0, place - 1);
        }
        return number;
    }
}
