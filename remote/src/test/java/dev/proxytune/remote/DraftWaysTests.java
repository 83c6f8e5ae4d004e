package dev.proxytune.remote;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lets one way be faster than the other, and then slower. */
class DraftWaysTests {

    /** Return how many of some drafts were asked for at once. */
    private static int atOnce(DraftWays ways, int drafts, double atOnce, double apart) {
        int count = 0;
        for (int draft = 0; draft < drafts; draft++) {
            boolean way = ways.isAtOnce();
            count += way ? 1 : 0;
            ways.add(way, way ? atOnce : apart);
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource({"1000, 9000", "1000, 1500"})
    void keepsTheFasterWayAndNoticesWhenItIsTheSlowerOne(double fast, double slow) {
        var ways = new DraftWays();
        assertThat(atOnce(ways, 1000, fast, slow)).isGreaterThan(940);
        assertThat(atOnce(ways, 2000, slow, fast)).isLessThan(700);
        assertThat(atOnce(ways, 1000, slow, fast)).isLessThan(60);
    }

    @ParameterizedTest
    @CsvSource({"1000, 9000", "1000, 1500"})
    void triesTheSlowerWayNowAndThen(double fast, double slow) {
        var ways = new DraftWays();
        assertThat(atOnce(ways, 2000, slow, fast)).isBetween(4, 120);
    }
}
