package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExampleTests {
    private static final int NONE = TokenBatch.UNCOUNTED;

    private static int[][] written(Example example, int offset, int size) {
        var inputs = new int[size];
        var targets = new int[size];
        example.write(inputs, targets, offset);
        return new int[][] {inputs, targets};
    }

    @Test
    void countsTheAnswerOnly() {
        var arrays = written(new Example(new int[] {5, 6, 7, 8, 9}, 3), 2, 8);
        assertThat(arrays[0]).containsExactly(0, 0, 5, 6, 7, 8, 0, 0);
        assertThat(arrays[1]).containsExactly(0, 0, NONE, NONE, 8, 9, 0, 0);
    }

    @Test
    void neverCountsTheFirstToken() {
        var example = new Example(new int[] {5, 6, 7}, 0);
        assertThat(example.counts(0)).isFalse();
        assertThat(written(example, 0, 2)[1]).containsExactly(6, 7);
    }

    @Test
    void countsSeveralAnswers() {
        var example = new Example.Builder()
                .add(new int[] {1, 2}, false)
                .add(new int[] {3}, true)
                .add(new int[] {4}, true)
                .add(new int[0], true)
                .add(new int[] {5, 6}, false)
                .add(new int[] {7, 8}, true)
                .build();
        assertThat(written(example, 0, 7)[1]).containsExactly(NONE, 3, 4, NONE, NONE, 7, 8);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void tellsOfEachTokenWhatItWrites(long seed) {
        var random = new Random(seed);
        var builder = new Example.Builder().add(new int[] {1, 2}, random.nextBoolean());
        for (int i = 0; i < 20; i++) {
            builder.add(random.ints(random.nextInt(4), 1, 100).toArray(), random.nextBoolean());
        }
        var example = builder.build();
        var arrays = written(example, 0, example.length() - 1);
        for (int i = 1; i < example.length(); i++) {
            assertThat(arrays[0][i - 1]).isEqualTo(example.id(i - 1));
            assertThat(arrays[1][i - 1])
                    .as("seed %d, token %d", seed, i)
                    .isEqualTo(example.counts(i) ? example.id(i) : NONE);
        }
    }

    @Test
    void knowsWhetherThereIsAnythingToLearn() {
        assertThat(new Example.Builder().add(new int[] {1, 2}, false).counts()).isFalse();
        assertThat(new Example.Builder().add(new int[] {1}, true).counts()).isFalse();
        assertThat(new Example.Builder().add(new int[] {1, 2}, true).counts()).isTrue();
    }

    @Test
    void refusesAnswersOutsideTheTokens() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> new Example(new int[] {1, 2}, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> new Example(new int[] {1}, 0));
    }
}
