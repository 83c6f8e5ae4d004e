package dev.proxytune;

import java.util.Map;

/**
 * Draw tokens from rows of one vocabulary as a {@link Sampling} says. Not thread-safe, as are all that share its working
 * arrays.
 */
final class Sampler {
    private final Sampling sampling;
    private final RandomTape random;
    private final SamplerScratch scratch;
    private double confidence;

    Sampler(Sampling sampling, SamplerScratch scratch) {
        this.sampling = sampling;
        this.random = new RandomTape(sampling.seed());
        this.scratch = scratch;
        scratch.prepare(sampling);
        int vocabularySize = scratch.vocabularySize();
        for (int id : sampling.logitBias().keySet()) {
            Checks.require(id < vocabularySize, "a logit bias needs a token id below " + vocabularySize, id);
        }
    }

    /**
     * Return the id of the next token.
     *
     * @throws InvalidLogitsException if the row holds NaN or nothing finite
     */
    int sample(Row row, TokenHistory history) {
        int id = choose(row, history);
        if (id < 0) {
            throw RowFaults.describe(row, scratch.kernels());
        }
        return id;
    }

    /** Let the next {@link #guess} foretell the next {@link #sample}. */
    void beginGuesses() {
        random.lookFromStart();
    }

    /**
     * Return what a {@link #sample} of a row like this one would draw, with the random numbers it will have, or −1 if
     * it could draw nothing. Each further guess is about a further sample.
     *
     * @param history what will have been drawn by then
     */
    int guess(Row row, TokenHistory history) {
        random.look();
        try {
            int id = choose(row, history);
            if (id >= 0) {
                confidence = sampling.isGreedy()
                        ? probability(row, id)
                        : scratch.candidates().probability();
            }
            return id;
        } finally {
            random.take();
        }
    }

    /** Return how likely the last guess was among what could have been guessed. */
    double confidence() {
        return confidence;
    }

    private double probability(Row row, int id) {
        return Math.exp(row.logit(id) - scratch.kernels().logSumExp(row, row.size()));
    }

    /** Return the id of a token, or −1 if there is none to choose. */
    private int choose(Row row, TokenHistory history) {
        float[] logits = scratch.logits();
        Kernels kernels = scratch.kernels();
        row.copyTo(0, logits, 0, logits.length);
        for (Map.Entry<Integer, Float> bias : sampling.logitBias().entrySet()) {
            logits[bias.getKey()] += bias.getValue();
        }
        if (!sampling.penalties().isNone()) {
            penalise(logits, history);
        }
        int best = kernels.argmax(logits, logits.length);
        if (best < 0 || sampling.isGreedy()) {
            return best;
        }
        Candidates candidates = scratch.candidates();
        candidates.fill(logits, logits[best], sampling.temperature(), sampling.topK());
        if (sampling.topP() < 1) {
            candidates.keepNucleus(sampling.topP());
        }
        if (sampling.minP() > 0) {
            candidates.keepAbove(sampling.minP());
        }
        return candidates.draw(random);
    }

    private void penalise(float[] logits, TokenHistory history) {
        int[] counts = scratch.counts();
        Penalties penalties = sampling.penalties();
        int window = penalties.window() < 0 ? history.size() : Math.min(penalties.window(), history.size());
        int first = history.size() - window;
        for (int i = first; i < history.size(); i++) {
            if (history.token(i) < counts.length) {
                counts[history.token(i)]++;
            }
        }
        for (int i = first; i < history.size(); i++) {
            int id = history.token(i);
            if (id < counts.length && counts[id] > 0) {
                float logit = logits[id];
                logit = logit > 0 ? logit / penalties.repeat() : logit * penalties.repeat();
                logits[id] = logit - counts[id] * penalties.frequency() - penalties.presence();
                counts[id] = 0;
            }
        }
    }
}
