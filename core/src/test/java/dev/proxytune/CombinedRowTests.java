package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CombinedRowTests {
    private static final float IMPOSSIBLE = Float.NEGATIVE_INFINITY;

    @Test
    void readsTheSameBitsOneByOneAndInAnySlice() {
        for (long seed = 0; seed < 50; seed++) {
            var random = new SplittableRandom(seed);
            int size = 1 + random.nextInt(4000);
            int shared = 1 + random.nextInt(size);
            var row = combined(
                    random.nextInt(3) == 0 ? 0 : (float) random.nextGaussian(),
                    shared,
                    row(size, random),
                    random.nextInt(4) == 0 ? null : row(size, random),
                    row(size, random));
            int from = random.nextInt(size);
            int count = random.nextInt(size - from + 1);
            float[] slice = new float[count + 7];
            row.copyTo(from, slice, 5, count);
            for (int i = 0; i < count; i++) {
                assertThat(slice[5 + i]).as("seed %d, id %d", seed, from + i).isEqualTo(row.logit(from + i));
            }
            assertThat(slice[4]).isZero();
            assertThat(slice[5 + count]).isZero();
        }
    }

    @Test
    void aTokenThatExpertAndAntiExpertCallImpossibleStaysWhereTheTargetHasIt() {
        Row row = combined(
                2, 3, new ArrayRow(1, 2, 3), new ArrayRow(IMPOSSIBLE, 0.5f, 0), new ArrayRow(IMPOSSIBLE, 0, 0));
        assertThat(FakeModel.copyOf(row)).containsExactly(1, 3, 3);
        assertThat(row.logit(0)).isEqualTo(1);
    }

    @Test
    void aTokenThatTheTargetOrTheExpertAloneCallsImpossibleIsImpossible() {
        Row row = combined(1, 2, new ArrayRow(IMPOSSIBLE, 2), new ArrayRow(5, IMPOSSIBLE), new ArrayRow(0, 0));
        assertThat(FakeModel.copyOf(row)).containsOnly(IMPOSSIBLE);
    }

    @Test
    void countsThePairsRowsAsLogProbabilitiesOverTheSharedIdsWhereTheTargetHasOthers() {
        Row row = combined(2, 2, new ArrayRow(1, 2, 3), new ArrayRow(4, 1, 0.5f, 9), new ArrayRow(0.5f, 0));
        double expert = 4 - Math.log(Math.exp(4) + Math.exp(1));
        double antiExpert = 0.5 - Math.log(Math.exp(0.5) + 1);
        assertThat(row.logit(0)).isCloseTo((float) (1 + 2 * (expert - antiExpert)), within(1e-5f));
        assertThat(row.logit(2)).isEqualTo(3);
    }

    private static CombinedRow combined(float weight, int shared, Row target, @Nullable Row expert, Row antiExpert) {
        var scratch = new CombinedRow.Scratch();
        var part = new CombinedRow.Part(weight, expert, antiExpert, shared, target.size(), scratch);
        return new CombinedRow(target, new CombinedRow.Part[] {part}, scratch);
    }

    private static Row row(int size, SplittableRandom random) {
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = random.nextInt(100) == 0 ? IMPOSSIBLE : (float) random.nextGaussian();
        }
        logits[0] = 1;
        return new ArrayRow(logits);
    }
}
