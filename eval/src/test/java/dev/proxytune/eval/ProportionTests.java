package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProportionTests {

    /** Newcombe 1998, table I, and the rule of three's neighbours. */
    @ParameterizedTest
    @CsvSource({
        "81, 263, 0.2553, 0.3662",
        "15, 148, 0.0624, 0.1605",
        "0, 20, 0, 0.1611",
        "1, 29, 0.0061, 0.1718",
        "20, 20, 0.8389, 1",
        "5, 10, 0.2366, 0.7634",
    })
    void givesWilsonsInterval(int right, int asked, double low, double high) {
        var proportion = new Proportion(right, asked);
        assertThat(proportion.low()).isCloseTo(low, Offset.offset(5e-5));
        assertThat(proportion.high()).isCloseTo(high, Offset.offset(5e-5));
        assertThat(proportion.rate()).isBetween(proportion.low(), proportion.high());
    }

    @Test
    void refusesCountsThatCannotBe() {
        for (int[] counts : new int[][] {{-1, 5}, {6, 5}, {0, 0}}) {
            assertThatThrownBy(() -> new Proportion(counts[0], counts[1])).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
