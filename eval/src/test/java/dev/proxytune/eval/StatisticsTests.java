package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatisticsTests {
    private static final Bootstrap QUICK = new Bootstrap(1, 400);

    /** Counts the subsets of size k that hold one of the first c samples. */
    private static double bruteForce(int n, int c, int k) {
        long all = 0;
        long passing = 0;
        for (int subset = 0; subset < 1 << n; subset++) {
            if (Integer.bitCount(subset) == k) {
                all++;
                passing += (subset & (1 << c) - 1) != 0 ? 1 : 0;
            }
        }
        return (double) passing / all;
    }

    @Test
    void passAtKIsTheShareOfSubsetsThatHoldARightSample() {
        for (int n = 1; n <= 9; n++) {
            for (int c = 0; c <= n; c++) {
                for (int k = 1; k <= n; k++) {
                    assertThat(PassAtK.of(n, c, k))
                            .as("n %d c %d k %d", n, c, k)
                            .isCloseTo(bruteForce(n, c, k), within(1e-12));
                }
            }
        }
    }

    @Test
    void passAtKStandsLargeCounts() {
        assertThat(PassAtK.of(1_000_000, 1, 1)).isCloseTo(1e-6, within(1e-12));
        assertThat(PassAtK.of(200, 10, 100)).isBetween(0.999, 1.0);
        assertThatThrownBy(() -> PassAtK.of(5, 6, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PassAtK.of(5, 1, 6)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void intervalsCoverTheMeanOfKnownDistributions() {
        var random = new SplittableRandom(7);
        int trials = 300;
        int normal = 0;
        int skewed = 0;
        for (int trial = 0; trial < trials; trial++) {
            var bootstrap = new Bootstrap(trial, 400);
            double[] values =
                    DoubleStream.generate(random::nextGaussian).limit(60).toArray();
            normal += bootstrap.mean(values).contains(0) ? 1 : 0;
            double[] exponential =
                    DoubleStream.generate(random::nextExponential).limit(60).toArray();
            skewed += bootstrap.mean(exponential).contains(1) ? 1 : 0;
        }
        assertThat((double) normal / trials).isBetween(0.90, 0.98);
        assertThat((double) skewed / trials).isBetween(0.87, 0.98);
    }

    @Test
    void theIntervalOfAMeanIsAsWideAsItsStandardErrorSays() {
        var random = new SplittableRandom(3);
        double[] values =
                DoubleStream.generate(random::nextGaussian).limit(1000).toArray();
        Interval interval = Bootstrap.DEFAULT.mean(values);
        assertThat(interval.high() - interval.low()).isCloseTo(2 * 1.96 / Math.sqrt(1000), within(0.01));
        assertThat(Bootstrap.DEFAULT.mean(values)).isEqualTo(interval);
        assertThat(new Bootstrap(5, 10_000).mean(values)).isNotEqualTo(interval);
    }

    @Test
    void ratesHaveWilsonsInterval() {
        double[] right = IntStream.range(0, 20).mapToDouble(_ -> 1).toArray();
        assertThat(QUICK.mean(right).low()).isCloseTo(0.8389, within(5e-5));
        assertThat(QUICK.mean(right).high()).isEqualTo(1);
    }

    @Test
    void refusesValuesThatAreNone() {
        assertThatThrownBy(() -> QUICK.mean(new double[0])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> QUICK.mean(new double[] {Double.NaN})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Interval(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Bootstrap(1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1", "0, 5, 0.0625", "10, 2, 0.03857421875", "3, 3, 1", "1, 9, 0.021484375", "0, 1, 1"})
    void mcNemarIsTheBinomialTest(int onlyFirst, int onlySecond, double p) {
        assertThat(McNemar.exact(onlyFirst, onlySecond)).isCloseTo(p, within(1e-12));
        assertThat(McNemar.exact(onlySecond, onlyFirst)).isCloseTo(p, within(1e-12));
    }

    @Test
    void mcNemarStandsLargeCounts() {
        assertThat(McNemar.exact(5000, 5000)).isCloseTo(1, within(1e-9));
        assertThat(McNemar.exact(4000, 6000)).isBetween(0.0, 1e-80);
        assertThat(McNemar.exact(4900, 5100)).isCloseTo(0.0466, within(2e-4));
    }

    private static List<QuestionScore> scores(String file, double... values) {
        return IntStream.range(0, values.length)
                .mapToObj(i -> new QuestionScore("question " + i, file + ", row " + (i + 1), values[i]))
                .toList();
    }

    @Test
    void pairsQuestionsWhereverTheyStand() {
        List<QuestionScore> shuffled = new ArrayList<>(scores("b", 1, 0, 1, 1));
        shuffled.addFirst(shuffled.removeLast());
        var pairing = Pairing.of(scores("a", 0, 0, 1, Double.NaN), shuffled);
        assertThat(pairing.values().get(1)).containsExactly(1.0, 0.0, 1.0, 1.0);
        assertThat(pairing.mean(0)).isCloseTo(1 / 3.0, within(1e-12));
        var difference = pairing.difference(QUICK);
        assertThat(difference.onlyFirst()).isZero();
        assertThat(difference.onlySecond()).isEqualTo(1);
        assertThat(difference.test()).isEqualTo("mcnemar");
        assertThat(difference.p()).isEqualTo(1);
    }

    @Test
    void namesFileAndRowOfAQuestionThatTheOtherLacks() {
        assertThatThrownBy(() -> Pairing.of(scores("a.jsonl", 1, 0, 1), scores("b.jsonl", 1, 0)))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll("a.jsonl, row 3", "not in b.jsonl", "question 2");
        assertThatThrownBy(() -> Pairing.of(scores("a.jsonl", 1), scores("b.jsonl", 1, 0)))
                .hasMessageContainingAll("b.jsonl, row 2", "not in a.jsonl");
    }

    @Test
    void pairedDifferencesAreSurerThanUnpairedOnes() {
        var random = new SplittableRandom(11);
        double[] first = random.doubles(200).toArray();
        double[] second = DoubleStream.of(first)
                .map(value -> value + 0.02 * random.nextDouble())
                .toArray();
        var difference = Pairing.of(scores("a", first), scores("b", second)).difference(QUICK);
        assertThat(difference.test()).isEqualTo("bootstrap");
        assertThat(difference.ci95().low()).isPositive();
        assertThat(difference.p()).isLessThan(0.01);
    }

    /** Exact values of the paper's repository give its headline; each row is base, proxy, tuned. */
    @Test
    void closesTheGapOfThePaper() {
        double[][] small = {
            {2.112, 83.354, 87.329},
            {.06596, .26384, .32449},
            {.70357, .00143, .00036},
            {.38579, .56618, .61567},
            {.49082, .82007, .80416}
        };
        double[][] large = {
            {3.727, 87.950, 90.373},
            {.09629, .33510, .51782},
            {.67357, 0, 0},
            {.42313, .59191, .68260},
            {.53856, .85067, .79559}
        };
        assertThat(mean(small)).isCloseTo(0.9105, within(5e-5));
        assertThat(mean(large)).isCloseTo(0.8807, within(5e-5));
        assertThat(GapClosed.of(.5, .7, .5)).isEmpty();
    }

    private static double mean(double[][] rows) {
        return DoubleStream.of(Arrays.stream(rows)
                        .mapToDouble(row -> GapClosed.of(row[0], row[1], row[2]).orElseThrow())
                        .toArray())
                .average()
                .orElseThrow();
    }

    @Test
    void theGapOverTasksHasAnIntervalThatCoversIt() {
        var random = new SplittableRandom(5);
        int trials = 100;
        int covered = 0;
        for (int trial = 0; trial < trials; trial++) {
            List<Pairing> tasks = new ArrayList<>();
            for (int task = 0; task < 3; task++) {
                tasks.add(Pairing.of(
                        scores("a", draws(random, .2)),
                        scores("b", draws(random, .6)),
                        scores("c", draws(random, .7))));
            }
            GapClosed gap = GapClosed.of(tasks, new Bootstrap(trial, 200));
            assertThat(gap.byTask()).hasSize(3);
            assertThat(gap.ci95().orElseThrow().contains(gap.mean().orElseThrow()))
                    .isTrue();
            covered += gap.ci95().orElseThrow().contains(0.8) ? 1 : 0;
        }
        assertThat(covered).isBetween(88, 99);
    }

    private static double[] draws(SplittableRandom random, double rate) {
        return IntStream.range(0, 200)
                .mapToDouble(_ -> random.nextDouble() < rate ? 1 : 0)
                .toArray();
    }

    @Test
    void hasNoGapWhereTuningGainsNothing() {
        var equal = Pairing.of(scores("a", 1, 0), scores("b", 1, 1), scores("c", 0, 1));
        GapClosed gap = GapClosed.of(List.of(equal), QUICK);
        assertThat(gap.mean()).isEmpty();
        assertThat(gap.ci95()).isEmpty();
    }
}
