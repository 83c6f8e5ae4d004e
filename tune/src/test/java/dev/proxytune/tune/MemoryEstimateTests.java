package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryEstimateTests {
    private static final ModelShape SHAPE = ModelShape.llama(256, 8, 4, 4, 704, 2048, 256);

    private static MemoryEstimate estimate(int rows, int length, Compute compute) {
        return MemoryEstimate.of(SHAPE, SHAPE.parameters(), new BatchPlan(rows, length, 1, 0), compute);
    }

    @ParameterizedTest
    @EnumSource
    @EnabledOnOs(OS.LINUX)
    void isNotBelowWhatARunTakes(Precision precision) throws IOException, InterruptedException {
        long[] bytes = MemoryChild.run("96", "2", "2", "256", "512", "16", "64", precision.name(), "0");
        long peak = bytes[0];
        long before = bytes[1];
        long estimated = bytes[2];
        assertThat(estimated).isGreaterThan(peak - before);
    }

    @Test
    void growsWithRowsAndLengthAndShrinksWithPrecision() {
        Compute brain = Compute.EXACT.withPrecision(Precision.BF16);
        assertThat(estimate(64, 128, brain).activations())
                .isLessThan(estimate(64, 128, Compute.EXACT).activations());
        assertThat(estimate(64, 64, brain).activations())
                .isLessThan(estimate(64, 128, brain).activations());
        assertThat(estimate(32, 128, brain).activations())
                .isLessThan(estimate(64, 128, brain).activations());
        assertThat(estimate(32, 128, brain).weights())
                .isEqualTo(estimate(64, 128, brain).weights());
        // Every token sees all others of its row, where attention is made of products.
        assertThat(estimate(8, 512, brain).activations())
                .isGreaterThan(estimate(64, 64, brain).activations());
    }

    @Test
    void knowsThatFrozenWeightsHaveNoMoments() {
        var plan = new BatchPlan(1, 16, 1, 0);
        long adapter = MemoryEstimate.of(SHAPE, 1000, plan, Compute.EXACT).weights();
        assertThat(adapter).isLessThan(estimate(1, 16, Compute.EXACT).weights() / 2);
        assertThat(adapter).isGreaterThan(SHAPE.parameters() * 4);
    }

    @Test
    void refusesWhatNoMachineHas() {
        var huge = ModelShape.llama(999_998, 512, 1, 1, 999_999, 1 << 20, 16);
        var plan = new BatchPlan(1 << 24, 16, 1, 0);
        var estimate = MemoryEstimate.of(huge, huge.parameters(), plan, Compute.EXACT);
        assertThat(estimate.total()).isGreaterThan(1L << 60);
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(estimate::check)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).contains("GB", "--batch", "--lora"));
        var small = ModelShape.llama(4, 1, 1, 1, 4, 8, 16);
        assertThatCode(() -> MemoryEstimate.of(small, small.parameters(), new BatchPlan(1, 2, 1, 0), Compute.EXACT)
                        .check())
                .doesNotThrowAnyException();
    }
}
