package dev.proxytune.tune;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Batches of tokens at random, which follow from their numbers. */
final class RandomBatches implements BatchSource {
    private final BatchPlan plan;
    private final int vocabularySize;
    private final double counted;

    /** Create batches in which every token counts. */
    RandomBatches(BatchPlan plan, int vocabularySize) {
        this(plan, vocabularySize, 1);
    }

    /** Create batches in which this share of the tokens counts. */
    RandomBatches(BatchPlan plan, int vocabularySize, double counted) {
        this.plan = plan;
        this.vocabularySize = vocabularySize;
        this.counted = counted;
    }

    @Override
    public TokenBatch batch(long number) {
        var random = new Random(number ^ plan.seed());
        int tokens = plan.rows() * plan.length();
        int[] ids = random.ints(tokens, 0, vocabularySize).toArray();
        int[] targets = new int[tokens];
        Arrays.setAll(
                targets, _ -> random.nextDouble() < counted ? random.nextInt(vocabularySize) : TokenBatch.UNCOUNTED);
        return new TokenBatch(plan.rows(), plan.length(), ids, targets, new int[0]);
    }

    @Override
    public long batches(int passes) {
        return passes;
    }

    @Override
    public List<TokenBatch> validation() {
        return List.of(batch(-1), batch(-2));
    }
}
