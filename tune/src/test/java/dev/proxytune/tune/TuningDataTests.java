package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuningDataTests {
    private static final int PADDING = 99;

    /** Examples whose first token is their number, so that a row tells what is in it. */
    private static List<Example> numbered(int count, int longest) {
        var random = new Random(count);
        var examples = new ArrayList<Example>();
        for (int number = 0; number < count; number++) {
            int[] ids = random.ints(2L + random.nextInt(longest), 1_000_000, 2_000_000)
                    .toArray();
            ids[0] = 1000 + number;
            examples.add(new Example(ids, random.nextInt(ids.length)));
        }
        return examples;
    }

    /** Take a row apart into the numbers of its examples, and compare every token with theirs. */
    private static List<Integer> contents(TokenBatch batch, int row, List<Example> examples) {
        var found = new ArrayList<Integer>();
        int start = row * batch.length();
        int at = start;
        int segment = 0;
        while (at < start + batch.length() && batch.ids()[at] != PADDING) {
            int number = batch.ids()[at] - 1000;
            found.add(number);
            var example = examples.get(number);
            for (int i = 0; i + 1 < example.length(); i++, at++) {
                assertThat(batch.ids()[at]).isEqualTo(example.id(i));
                assertThat(batch.segments()[at]).isEqualTo(segment);
                assertThat(batch.targets()[at])
                        .isEqualTo(example.counts(i + 1) ? example.id(i + 1) : TokenBatch.UNCOUNTED);
            }
            segment++;
        }
        for (; at < start + batch.length(); at++) {
            assertThat(batch.ids()[at]).isEqualTo(PADDING);
            assertThat(batch.segments()[at]).isEqualTo(segment);
            assertThat(batch.targets()[at]).isEqualTo(TokenBatch.UNCOUNTED);
        }
        return found;
    }

    private static List<Integer> rows(TuningData data, int rows, long first, long end, List<Example> examples) {
        var found = new ArrayList<Integer>();
        for (long row = first; row < end; row++) {
            found.addAll(contents(data.batch(row / rows), (int) (row % rows), examples));
        }
        return found;
    }

    @ParameterizedTest
    @CsvSource({"200,4,40,30", "37,1,64,60", "500,16,32,10", "3,8,32,10", "1,1,10,8"})
    void hasEveryExampleOnceInAPass(int count, int rows, int length, int longest) {
        var examples = numbered(count, longest);
        // With one row in a batch, a pass begins where a batch does.
        var data = new TuningData(examples, PADDING, new BatchPlan(1, length, 7, 0));
        var batched = new TuningData(examples, PADDING, new BatchPlan(rows, length, 7, 0));
        long first = 0;
        for (int pass = 1; pass <= 3; pass++) {
            long end = data.batches(pass);
            assertThat(rows(data, 1, first, end, examples)).hasSize(count).doesNotHaveDuplicates();
            assertThat(rows(batched, rows, first, end, examples)).hasSize(count).doesNotHaveDuplicates();
            assertThat(batched.batches(pass)).isEqualTo(Math.ceilDiv(end, rows));
            first = end;
        }
    }

    @Test
    void packsTightly() {
        var examples = numbered(1000, 30);
        long tokens =
                examples.stream().mapToLong(example -> example.length() - 1).sum();
        var data = new TuningData(examples, PADDING, new BatchPlan(1, 128, 7, 0));
        assertThat(data.batches(1)).isBetween(Math.ceilDiv(tokens, 128), Math.ceilDiv(tokens * 102 / 100, 128));
    }

    @Test
    void givesTheSameBatchesWhenResumed() {
        var examples = numbered(60, 20);
        var plan = new BatchPlan(3, 32, 5, 0.1);
        var whole = new TuningData(examples, PADDING, plan);
        for (int number = 0; number < 40; number++) {
            var expected = whole.batch(number);
            var resumed = new TuningData(examples, PADDING, plan).batch(number);
            assertThat(resumed.ids()).isEqualTo(expected.ids());
            assertThat(resumed.targets()).isEqualTo(expected.targets());
            assertThat(resumed.segments()).isEqualTo(expected.segments());
        }
        assertThat(new TuningData(examples, PADDING, plan).batch(2).ids())
                .isEqualTo(whole.batch(2).ids());
    }

    @Test
    void shufflesByTheSeedAndAnewInEachPass() {
        var examples = numbered(60, 20);
        var data = new TuningData(examples, PADDING, new BatchPlan(1, 32, 5, 0));
        assertThat(data.batchesPerPass()).isEqualTo(data.batches(1));
        var other = new TuningData(examples, PADDING, new BatchPlan(1, 32, 6, 0));
        assertThat(data.batch(data.batches(1)).ids()).isNotEqualTo(data.batch(0).ids());
        assertThat(other.batch(0).ids()).isNotEqualTo(data.batch(0).ids());
    }

    @Test
    void holdsExamplesOut() {
        var examples = numbered(50, 20);
        var plan = new BatchPlan(2, 32, 5, 0.2);
        var data = new TuningData(examples, PADDING, plan);
        assertThat(data.examples()).isEqualTo(40);
        var heldOut = new ArrayList<Integer>();
        for (var batch : data.validation()) {
            for (int row = 0; row < batch.rows(); row++) {
                heldOut.addAll(contents(batch, row, examples));
            }
        }
        assertThat(heldOut).hasSize(10).doesNotHaveDuplicates();
        var single = new TuningData(examples, PADDING, new BatchPlan(1, 32, 5, 0.2));
        assertThat(rows(single, 1, 0, single.batches(1), examples))
                .hasSize(40)
                .doesNotHaveDuplicates()
                .doesNotContainAnyElementsOf(heldOut);
        assertThat(new TuningData(examples, PADDING, new BatchPlan(2, 32, 5, 0)).validation())
                .isEmpty();
    }

    @Test
    void refusesWhatLeavesNothingToTrainOn() {
        var one = numbered(1, 5);
        assertThatThrownBy(() -> new TuningData(one, PADDING, new BatchPlan(1, 32, 5, 0.1)))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessage("Of 1 examples none is left to train on: give more, or hold out a smaller share");
        assertThatThrownBy(() -> new TuningData(List.of(), PADDING, new BatchPlan(1, 32, 5, 0)))
                .isInstanceOf(ProxyTuneException.class);
    }

    @Test
    void refusesExamplesLongerThanARow() {
        var fits = List.of(new Example(new int[33], 1));
        assertThat(new TuningData(fits, PADDING, new BatchPlan(1, 32, 5, 0))
                        .batch(0)
                        .counted())
                .isEqualTo(32);
        var longer = List.of(new Example(new int[34], 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TuningData(longer, PADDING, new BatchPlan(1, 32, 5, 0)));
    }
}
