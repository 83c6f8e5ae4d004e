package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TrainingBenchmarkTests {
    @Test
    void measuresSmallModels() {
        var result = TrainingBenchmark.run(ModelShape.llama(32, 1, 2, 2, 64, 64, 16), 2, 16, 2, Compute.EXACT, 1);
        assertThat(result.fastest()).isGreaterThanOrEqualTo(result.tokensPerSecond());
        assertThat(result.tokensPerSecond()).isPositive();
        assertThat(result.gigaflops()).isPositive();
        assertThat(result.peak()).isPositive().isEqualTo(result.peakF32());
    }

    @Test
    void countsTheProductsOfAStep() {
        var shape = ModelShape.llama(256, 8, 4, 4, 704, 2048, 128);
        double weights = 8 * (4 * 256 * 256 + 3 * 256 * 704) + 256 * 2048;
        double attention = 8 * 2 * 256 * 128;
        assertThat(TrainingBenchmark.operationsPerToken(shape, 128)).isCloseTo(6 * (weights + attention), within(1.0));
    }
}
