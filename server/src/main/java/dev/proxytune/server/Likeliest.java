package dev.proxytune.server;

import dev.proxytune.Largest;

/** Finds the smallest of many distances. Not thread-safe. */
final class Likeliest {
    private final Largest largest = new Largest();
    private float[] negated = new float[0];

    /**
     * Return the ids of the smallest values, from the smallest up; of equal ones the lowest ids.
     *
     * @param values from 0 up, none NaN
     * @param count how many, at least 1 and at most as many as there are
     */
    int[] of(float[] values, int count) {
        if (negated.length < values.length) {
            negated = new float[values.length];
        }
        for (int id = 0; id < values.length; id++) {
            negated[id] = -values[id];
        }
        largest.find(negated, values.length, count);
        int[] ids = new int[count];
        for (int place = 0; place < largest.size(); place++) {
            ids[place] = largest.id(place);
        }
        // Those at an infinite distance come last.
        int place = largest.size();
        for (int id = 0; place < count; id++) {
            if (values[id] == Float.POSITIVE_INFINITY) {
                ids[place++] = id;
            }
        }
        return ids;
    }
}
