package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lets one way be faster than the other, and then slower. */
class TrialTests {

    /** Return how often of some times it was together. */
    private static int together(Trial trial, int times, long together, long inTurn) {
        int count = 0;
        for (int time = 0; time < times; time++) {
            boolean way = trial.isTogether();
            count += way ? 1 : 0;
            trial.add(way, way ? together : inTurn);
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource({"1000, 9000", "1000, 1500"})
    void keepsTheFasterWayAndNoticesWhenItIsTheSlowerOne(long fast, long slow) {
        var trial = new Trial();
        assertThat(together(trial, 1000, fast, slow)).isGreaterThan(940);
        assertThat(together(trial, 2000, slow, fast)).isLessThan(700);
        assertThat(together(trial, 1000, slow, fast)).isLessThan(60);
    }

    @ParameterizedTest
    @CsvSource({"1000, 9000", "1000, 1500"})
    void triesTheSlowerWayNowAndThen(long fast, long slow) {
        var trial = new Trial();
        assertThat(together(trial, 2000, slow, fast)).isBetween(4, 120);
    }
}
