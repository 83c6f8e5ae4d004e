package dev.proxytune.tune;

import java.util.List;
import java.util.Random;

/** Batches of tokens at random, each of which can be told from its number. */
final class CountingData implements BatchSource {
    private final BatchPlan plan;
    private final int vocabularySize;

    CountingData(BatchPlan plan, int vocabularySize) {
        this.plan = plan;
        this.vocabularySize = vocabularySize;
    }

    @Override
    public TokenBatch batch(long number) {
        int tokens = plan.rows() * plan.length();
        int[] ids = new Random(number).ints(tokens + 1L, 0, vocabularySize).toArray();
        int[] targets = java.util.Arrays.copyOfRange(ids, 1, tokens + 1);
        return new TokenBatch(plan.rows(), plan.length(), java.util.Arrays.copyOf(ids, tokens), targets, new int[0]);
    }

    @Override
    public long batches(int passes) {
        return passes;
    }

    @Override
    public List<TokenBatch> validation() {
        return List.of();
    }
}
