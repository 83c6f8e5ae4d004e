package dev.proxytune.tune;

import java.util.Random;

/** Orders that follow from a seed and a pass over the data, the same on every machine and Java version. */
final class Shuffle {
    private Shuffle() {}

    /** Return the source of what is random in a pass. {@link Random} is the one generator that Java specifies exactly. */
    static Random of(long seed, long pass) {
        long mixed = (seed ^ (pass + 1) * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
        return new Random(mixed ^ (mixed >>> 31));
    }

    /** Return the numbers from 0 to below the size in random order. */
    static int[] permutation(int size, Random random) {
        var order = new int[size];
        for (int i = 0; i < size; i++) {
            int other = random.nextInt(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        return order;
    }
}
