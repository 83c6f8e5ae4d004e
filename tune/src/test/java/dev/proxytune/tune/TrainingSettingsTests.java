package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTests {
    private static TrainingSettings settings(int steps, int warmup, double finalFraction) {
        return new TrainingSettings(steps, 2, warmup, finalFraction, 0, 0.9, 0.95, 1, 1, 4, Duration.ZERO);
    }

    @Test
    void risesLinearlyToTheHighestRate() {
        var settings = settings(100, 10, 0.1);
        for (int step = 0; step < 10; step++) {
            assertThat(settings.learningRate(step)).isCloseTo(2 * (step + 1) / 10.0, within(1e-12));
        }
        assertThat(settings.learningRate(10)).isEqualTo(2);
    }

    @Test
    void fallsAlongACosine() {
        var settings = settings(110, 10, 0.2);
        assertThat(settings.learningRate(60)).isCloseTo(2 * (0.2 + 0.8 / 2), within(1e-12));
        assertThat(settings.learningRate(110)).isCloseTo(2 * 0.2, within(1e-12));
        assertThat(IntStream.range(10, 109))
                .allMatch(step -> settings.learningRate(step) > settings.learningRate(step + 1));
    }

    @ParameterizedTest
    @CsvSource({"1,0", "1,1", "5,5", "5,50", "2147483647,0", "2147483647,2147483647"})
    void hasARateForEveryStep(int steps, int warmup) {
        var settings = settings(steps, warmup, 0);
        assertThat(settings.learningRate(0)).isGreaterThan(0).isLessThanOrEqualTo(2);
        assertThat(settings.learningRate(steps - 1)).isBetween(0.0, 2.0);
    }

    @Test
    void validatesNowAndThenAndAtTheEnd() {
        var settings = settings(10, 0, 0);
        assertThat(IntStream.rangeClosed(1, 10).filter(settings::validatesAfter))
                .containsExactly(4, 8, 10);
        assertThat(IntStream.rangeClosed(1, 10).filter(TrainingSettings.of(10, 1)::validatesAfter))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0,1,0,0,0,0.9,1,1",
        "1,0,0,0,0,0.9,1,1",
        "1,NaN,0,0,0,0.9,1,1",
        "1,11,0,0,0,0.9,1,1",
        "1,1,-1,0,0,0.9,1,1",
        "1,1,0,1.1,0,0.9,1,1",
        "1,1,0,NaN,0,0.9,1,1",
        "1,1,0,0,-1,0.9,1,1",
        "1,1,0,0,0,1,1,1",
        "1,1,0,0,0,-0.1,1,1",
        "1,1,0,0,0,0.9,-1,1",
        "1,1,0,0,0,0.9,Infinity,1",
        "1,1,0,0,0,0.9,1,0"
    })
    void refusesWhatCannotBe(
            int steps, double rate, int warmup, double end, double decay, double beta, double clip, int accumulation) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrainingSettings(
                        steps, rate, warmup, end, decay, beta, 0.9, clip, accumulation, 0, Duration.ZERO))
                .withMessageContaining("got: ");
    }

    @Test
    void refusesANegativeTimeBetweenCheckpoints() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrainingSettings(1, 1, 0, 0, 0, 0.9, 0.9, 0, 1, 0, Duration.ofSeconds(-1)));
    }
}
