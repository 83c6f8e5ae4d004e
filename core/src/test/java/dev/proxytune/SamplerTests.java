package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTests {
    private static final TokenHistory NOTHING = new TokenHistory(Prompt.of(0));
    private static final float BANNED = Float.NEGATIVE_INFINITY;

    static List<Sampling> samplings() {
        List<Sampling> all = new ArrayList<>();
        for (float temperature : new float[] {0.3f, 1, 2.5f}) {
            var plain = Sampling.atTemperature(temperature).withSeed(7);
            all.add(plain);
            all.add(plain.withTopK(5));
            all.add(plain.withTopP(0.9f));
            all.add(plain.withTopK(9).withTopP(0.95f).withMinP(0.02f));
        }
        var plain = Sampling.atTemperature(1).withSeed(8);
        all.add(plain.withTopK(1));
        all.add(plain.withTopP(0.2f));
        all.add(plain.withTopP(1e-6f));
        all.add(plain.withMinP(0.1f));
        all.add(plain.withMinP(1));
        all.add(plain.withTopK(12).withTopP(0.8f));
        all.add(plain.withTopK(12).withMinP(0.05f));
        all.add(plain.withTopP(0.8f).withMinP(0.2f));
        all.add(plain.withLogitBias(Map.of(2, 1.5f, 4, BANNED, 5, -1f)).withTopP(0.9f));
        return all;
    }

    @ParameterizedTest
    @MethodSource("samplings")
    void drawsTokensAsOftenAsTheDefinitionSays(Sampling sampling) {
        float[] logits = gaussian(40, 2);
        logits[7] = logits[3];
        logits[21] = logits[3];
        logits[30] = BANNED;
        assertDistribution(sampling, logits, 100_000);
    }

    @Test
    void drawsTokensOfManyBlocksAsOftenAsTheDefinitionSays() {
        float[] logits = new float[5000];
        Arrays.fill(logits, BANNED);
        for (int id = 13; id < 5000; id += 331) {
            logits[id] = (id % 7) * 0.4f;
        }
        assertDistribution(Sampling.atTemperature(1), logits, 100_000);
        assertDistribution(Sampling.atTemperature(1).withTopP(0.7f), logits, 100_000);
    }

    private static void assertDistribution(Sampling sampling, float[] logits, int draws) {
        double[] expected = reference(sampling, logits);
        int[] counts = new int[logits.length];
        var sampler = new Sampler(sampling, new SamplerScratch(logits.length));
        for (int i = 0; i < draws; i++) {
            counts[sampler.sample(new ArrayRow(logits), NOTHING)]++;
        }
        double chi = 0;
        int degrees = -1;
        double rareExpected = 0;
        int rareCount = 0;
        for (int id = 0; id < logits.length; id++) {
            if (expected[id] == 0) {
                assertThat(counts[id]).as("%s, id %d", sampling, id).isZero();
            } else if (expected[id] * draws < 5) {
                rareExpected += expected[id] * draws;
                rareCount += counts[id];
            } else {
                chi += Math.pow(counts[id] - expected[id] * draws, 2) / (expected[id] * draws);
                degrees++;
            }
        }
        if (rareExpected > 0) {
            chi += Math.pow(rareCount - rareExpected, 2) / Math.max(rareExpected, 1);
            degrees++;
        }
        // Five standard deviations above the mean of the χ² distribution.
        assertThat(chi).as("%s", sampling).isLessThan(degrees + 5 * Math.sqrt(2.0 * degrees) + 1e-9);
    }

    /** Compute the probabilities from the definition: sort, cut, normalise. */
    private static double[] reference(Sampling sampling, float[] row) {
        double[] logits = IntStream.range(0, row.length)
                .mapToDouble(id -> row[id] + sampling.logitBias().getOrDefault(id, 0f))
                .toArray();
        double max = Arrays.stream(logits).max().orElseThrow();
        double[] weights = Arrays.stream(logits)
                .map(logit -> Math.exp((logit - max) / sampling.temperature()))
                .toArray();
        List<Integer> order = new ArrayList<>(IntStream.range(0, row.length)
                .boxed()
                .filter(id -> weights[id] > 0)
                .sorted(Comparator.comparingDouble((Integer id) -> -weights[id]))
                .toList());
        if (sampling.topK() > 0 && sampling.topK() < order.size()) {
            order = order.subList(0, sampling.topK());
        }
        double total = order.stream().mapToDouble(id -> weights[id]).sum();
        Set<Integer> kept = new HashSet<>();
        double sum = 0;
        for (int id : order) {
            if (sampling.topP() == 1 || sum < sampling.topP() * total) {
                kept.add(id);
            }
            sum += weights[id];
        }
        kept.removeIf(id -> weights[id] < sampling.minP());
        double keptTotal = kept.stream().mapToDouble(id -> weights[id]).sum();
        return IntStream.range(0, row.length)
                .mapToDouble(id -> kept.contains(id) ? weights[id] / keptTotal : 0)
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(floats = {0.02f, 3})
    void drawsOnlyAndAllOfTheNucleusOfALargeVocabulary(float spread) {
        float[] logits = gaussian(50_000, spread);
        for (float topP : new float[] {0.001f, 0.1f, 0.95f}) {
            var sampling = Sampling.atTemperature(0.8f).withTopP(topP);
            double[] expected = reference(sampling, logits);
            double[] loose = reference(sampling.withTopP(topP * (1 + 2e-6f)), logits);
            var sampler = new Sampler(sampling, new SamplerScratch(logits.length));
            int likelier = 0;
            double median = Arrays.stream(expected)
                    .filter(p -> p > 0)
                    .sorted()
                    .skip(Arrays.stream(expected).filter(p -> p > 0).count() / 2)
                    .findFirst()
                    .orElseThrow();
            double likelierExpected =
                    Arrays.stream(expected).filter(p -> p > median).sum();
            int draws = 1000;
            for (int i = 0; i < draws; i++) {
                int id = sampler.sample(new ArrayRow(logits), NOTHING);
                assertThat(loose[id]).as("p %s, id %d", topP, id).isPositive();
                likelier += expected[id] > median ? 1 : 0;
            }
            double deviation = Math.sqrt(draws * likelierExpected * (1 - likelierExpected));
            assertThat(Math.abs(likelier - draws * likelierExpected)).isLessThan(5 * deviation + 1);
        }
    }

    @Test
    void theNucleusOfEqualTokensIsTheLowestIds() {
        float[] logits = new float[3000];
        var sampler = new Sampler(Sampling.atTemperature(1).withTopP(0.25f), new SamplerScratch(3000));
        boolean[] seen = new boolean[3000];
        for (int i = 0; i < 12_000; i++) {
            seen[sampler.sample(new ArrayRow(logits), NOTHING)] = true;
        }
        assertThat(IntStream.range(750, 3000).filter(id -> seen[id]).count()).isZero();
        assertThat(IntStream.range(0, 750).filter(id -> seen[id]).count()).isEqualTo(750);
    }

    @Test
    void topKTakesTheLowerOfEqualTokens() {
        float[] logits = {1, 2, -0f, 2, 0, 2, 0};
        assertThat(drawn(Sampling.atTemperature(5).withTopK(2), logits)).containsExactlyInAnyOrder(1, 3);
        assertThat(drawn(Sampling.atTemperature(5).withTopK(5), logits)).containsExactlyInAnyOrder(0, 1, 2, 3, 5);
    }

    @Test
    void neverDrawsABannedTokenEvenWhereTopKAsksForMoreThanThereAre() {
        float[] logits = {BANNED, 1, BANNED, 2, BANNED};
        for (var sampling : List.of(
                Sampling.atTemperature(1),
                Sampling.atTemperature(1).withTopK(4),
                Sampling.atTemperature(1).withTopP(0.999f),
                Sampling.atTemperature(1e-40f))) {
            assertThat(drawn(sampling, logits)).as("%s", sampling).isSubsetOf(1, 3);
        }
    }

    @Test
    void neverDrawsABannedTokenAtTheEndsOfTheLineEither() {
        float[] logits = new float[4000];
        Arrays.fill(logits, BANNED);
        logits[1500] = 1;
        logits[1503] = 0;
        var candidates = new Candidates(4000, new Kernels());
        candidates.fill(logits, 1, 1, 0);
        assertThat(candidates.draw(() -> 0)).isEqualTo(1500);
        assertThat(candidates.draw(() -> -1)).isEqualTo(1503);
        candidates.fill(logits, 1, 1, 50);
        assertThat(candidates.draw(() -> 0)).isEqualTo(1500);
        assertThat(candidates.draw(() -> -1)).isEqualTo(1503);
    }

    private static Set<Integer> drawn(Sampling sampling, float... logits) {
        var sampler = new Sampler(sampling, new SamplerScratch(logits.length));
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            ids.add(sampler.sample(new ArrayRow(logits), NOTHING));
        }
        return ids;
    }

    private static float[] gaussian(int size, float spread) {
        var random = new SplittableRandom(size);
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = (float) random.nextGaussian() * spread;
        }
        return logits;
    }

    @Test
    void theSameSeedDrawsTheSameTokens() {
        float[] logits = new float[2000];
        var sampling = Sampling.atTemperature(1).withTopP(0.5f).withSeed(3);
        var first = new Sampler(sampling, new SamplerScratch(2000));
        var second = new Sampler(sampling, new SamplerScratch(2000));
        var other = new Sampler(sampling.withSeed(4), new SamplerScratch(2000));
        List<Integer> drawn = draws(first, logits);
        assertThat(draws(second, logits)).isEqualTo(drawn);
        assertThat(draws(other, logits)).isNotEqualTo(drawn);
    }

    private static List<Integer> draws(Sampler sampler, float[] logits) {
        return IntStream.range(0, 50)
                .mapToObj(i -> sampler.sample(new ArrayRow(logits), NOTHING))
                .toList();
    }

    @Test
    void greedyTakesTheLowestOfEqualTokens() {
        assertThat(greedy(Sampling.GREEDY, NOTHING, 1, 4, 4, BANNED)).isEqualTo(1);
        assertThat(greedy(Sampling.GREEDY.withLogitBias(Map.of(1, BANNED)), NOTHING, 1, 4, 4, BANNED))
                .isEqualTo(2);
    }

    @Test
    void penaltiesLookAtTheirWindowOfPromptAndAnswer() {
        var history = new TokenHistory(Prompt.of(2, 1));
        history.add(0);
        history.add(0);
        float[] row = {1.0f, 0.95f, 0.9f, 0.0f};
        assertThat(greedy(presence(0), history, row)).isEqualTo(0);
        assertThat(greedy(presence(2), history, row)).isEqualTo(1);
        assertThat(greedy(presence(3), history, row)).isEqualTo(2);
        assertThat(greedy(presence(4), history, row)).isEqualTo(3);
        assertThat(greedy(presence(400), history, row)).isEqualTo(3);
        assertThat(greedy(presence(-1), history, row)).isEqualTo(3);
    }

    private static Sampling presence(int window) {
        return Sampling.GREEDY.withPenalties(new Penalties(1, 0, 5, window));
    }

    @Test
    void penaltiesFollowTheirFormulas() {
        var history = new TokenHistory(Prompt.of(0, 0, 1));
        var frequency = Sampling.GREEDY.withPenalties(new Penalties(1, 1, 0, -1));
        assertThat(greedy(frequency, history, 3, 1.5f, 0.9f)).isEqualTo(0);
        assertThat(greedy(frequency, history, 3, 2.1f, 0.9f)).isEqualTo(1);
        var repeat = Sampling.GREEDY.withPenalties(new Penalties(2, 0, 0, -1));
        assertThat(greedy(repeat, history, 3, 2, 1.4f)).isEqualTo(0);
        assertThat(greedy(repeat, history, -1, -1.2f, -1.9f)).isEqualTo(2);
        var biased = repeat.withLogitBias(Map.of(0, 4f));
        assertThat(greedy(biased, history, 1, BANNED, 3)).as("bias comes first").isEqualTo(2);
    }

    private static int greedy(Sampling sampling, TokenHistory history, float... logits) {
        var sampler = new Sampler(sampling, new SamplerScratch(logits.length));
        int first = sampler.sample(new ArrayRow(logits), history);
        assertThat(sampler.sample(new ArrayRow(logits), history)).isEqualTo(first);
        return first;
    }

    @ParameterizedTest
    @ValueSource(strings = {"target", "expert", "anti-expert"})
    void namesTheRoleAndTheTokenOfAnUnusableRow(String role) {
        for (float fault : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] bad = new float[2000];
            bad[1234] = fault;
            assertThatExceptionOfType(InvalidLogitsException.class)
                    .isThrownBy(() ->
                            new Sampler(Sampling.GREEDY, new SamplerScratch(2000)).sample(combined(role, bad), NOTHING))
                    .withMessageContaining("The " + role + " logits hold " + fault + " for token id 1234");
        }
        float[] impossible = new float[2000];
        Arrays.fill(impossible, BANNED);
        assertThatExceptionOfType(InvalidLogitsException.class)
                .isThrownBy(() -> new Sampler(Sampling.GREEDY, new SamplerScratch(2000))
                        .sample(combined(role, impossible), NOTHING))
                .withMessageContaining("The " + role + " logits hold no finite value");
    }

    @Test
    void anInfiniteLogitIsAFaultUnderANegativeWeightToo() {
        Row bad = new ArrayRow(1, Float.POSITIVE_INFINITY);
        var scratch = new CombinedRow.Scratch();
        var part = new CombinedRow.Part(-1, bad, null, 2, 2, scratch);
        Row row = new CombinedRow(new ArrayRow(1, 2), new CombinedRow.Part[] {part}, scratch);
        assertThatExceptionOfType(InvalidLogitsException.class)
                .isThrownBy(() -> new Sampler(Sampling.GREEDY, new SamplerScratch(2)).sample(row, NOTHING))
                .withMessageContaining("The expert logits hold Infinity for token id 1");
    }

    private static CombinedRow combined(String badRole, float[] bad) {
        Row good = new ArrayRow(new float[2000]);
        Row wrong = new ArrayRow(bad);
        var scratch = new CombinedRow.Scratch();
        var part = new CombinedRow.Part(
                1,
                badRole.equals("expert") ? wrong : good,
                badRole.equals("anti-expert") ? wrong : good,
                2000,
                2000,
                scratch);
        return new CombinedRow(badRole.equals("target") ? wrong : good, new CombinedRow.Part[] {part}, scratch);
    }

    @Test
    void tellsADamagedModelFromASamplingThatBansEverything() {
        var sampler = new Sampler(Sampling.GREEDY, new SamplerScratch(2));
        assertThatExceptionOfType(InvalidLogitsException.class)
                .isThrownBy(() -> sampler.sample(new ArrayRow(1, Float.NaN), NOTHING))
                .withMessageContaining("The model's logits hold NaN for token id 1");
        var strict = new Sampler(Sampling.GREEDY.withLogitBias(Map.of(0, BANNED, 1, BANNED)), new SamplerScratch(2));
        assertThatExceptionOfType(InvalidLogitsException.class)
                .isThrownBy(() -> strict.sample(new ArrayRow(1, 2), NOTHING))
                .withMessageContaining("ban fewer tokens");
    }

    @Test
    void refusesABiasForATokenThatDoesNotExist() {
        var sampling = Sampling.GREEDY.withLogitBias(Map.of(5, 1f));
        assertThatIllegalArgumentException().isThrownBy(() -> new Sampler(sampling, new SamplerScratch(5)));
    }
}
