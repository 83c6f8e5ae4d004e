package dev.proxytune.cli;

import dev.proxytune.Completion;
import dev.proxytune.Vocabulary;
import java.time.Duration;

/**
 * Hold what is known at the end of an answer.
 *
 * @param completion the answer
 * @param vocabulary what its token ids mean
 * @param pairs the number of expert pairs
 * @param loadTime how long models took to load and contexts to open
 */
record GenerationResult(Completion completion, Vocabulary vocabulary, int pairs, Duration loadTime) {

    /** Return the time from one token to the next, 0 if there is none. */
    double millisPerToken() {
        int tokens = completion.tokens().size();
        return tokens == 0 ? 0 : millis(completion.decodeTime()) / tokens;
    }

    static double millis(Duration duration) {
        return duration.toNanos() / 1e6;
    }
}
