package dev.proxytune.tune;

import java.time.Duration;
import java.util.ArrayDeque;

/** Speed of a training run over its last steps. */
final class Pace {
    private static final int WINDOW = 20;

    private final long tokensPerStep;
    private final ArrayDeque<Long> times = new ArrayDeque<>();

    Pace(long tokensPerStep) {
        this.tokensPerStep = tokensPerStep;
        times.add(System.nanoTime());
    }

    /** Take note that a step is done. */
    void tick() {
        times.add(System.nanoTime());
        if (times.size() > WINDOW + 1) {
            times.removeFirst();
        }
    }

    private double secondsPerStep() {
        return (times.getLast() - times.getFirst()) / 1e9 / Math.max(1, times.size() - 1);
    }

    double tokensPerSecond() {
        return tokensPerStep / Math.max(1e-9, secondsPerStep());
    }

    Duration remaining(int steps) {
        return Duration.ofMillis((long) (steps * secondsPerStep() * 1000));
    }
}
