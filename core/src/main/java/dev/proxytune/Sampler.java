package dev.proxytune;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Draw tokens from rows of one vocabulary as a {@link Sampling} says. Not thread-safe, as are all that share its working
 * arrays.
 */
final class Sampler implements AutoCloseable {
    private final Sampling sampling;
    private final RandomTape random;
    private final SamplerScratch scratch;
    private double confidence;
    private TokenConstraint.@Nullable State constraint;

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
     * Return the id of the next token, which the answer goes on or ends with.
     *
     * @throws InvalidLogitsException if the row holds NaN or nothing finite
     * @throws ConstraintException if the constraint allows no token that could be drawn
     */
    int sample(Row row, TokenHistory history) {
        float[] logits = scratch.logits();
        Kernels kernels = scratch.kernels();
        adjust(row, history, logits);
        int best = kernels.argmax(logits, logits.length);
        if (best < 0) {
            throw RowFaults.describe(row, kernels);
        }
        int token = draw(logits, best);
        if (sampling.constraint().isEmpty()) {
            return token;
        }
        TokenConstraint.State state = constraint(sampling.constraint().get());
        if (!state.allows(token)) {
            state.apply(logits);
            best = kernels.argmax(logits, logits.length);
            if (best < 0) {
                throw new ConstraintException("The grammar allows no token that could be drawn after "
                        + (history.size() - history.promptLength())
                        + " tokens of the answer: ban fewer tokens, or correct the grammar");
            }
            token = draw(logits, best);
        }
        state.accept(token);
        return token;
    }

    /** Let the next {@link #guess} foretell the next {@link #sample}. */
    void beginGuesses() {
        random.lookFromStart();
    }

    /**
     * Return what a {@link #sample} of a row like this one would draw, with the random numbers it will have, or −1 if
     * it could draw nothing. Each further guess is about a further sample. A constraint is not asked, since it never goes
     * back.
     *
     * @param history what will have been drawn by then
     */
    int guess(Row row, TokenHistory history) {
        random.look();
        try {
            float[] logits = scratch.logits();
            adjust(row, history, logits);
            int best = scratch.kernels().argmax(logits, logits.length);
            if (best < 0) {
                return -1;
            }
            int token = draw(logits, best);
            confidence = sampling.isGreedy()
                    ? probability(row, token)
                    : scratch.candidates().probability();
            return token;
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

    private TokenConstraint.State constraint(TokenConstraint of) {
        TokenConstraint.State state = constraint;
        if (state == null) {
            state = of.begin();
            constraint = state;
        }
        return state;
    }

    /** Copy a row, and change it by bias and penalties. */
    private void adjust(Row row, TokenHistory history, float[] logits) {
        row.copyTo(0, logits, 0, logits.length);
        for (Map.Entry<Integer, Float> bias : sampling.logitBias().entrySet()) {
            logits[bias.getKey()] += bias.getValue();
        }
        if (!sampling.penalties().isNone()) {
            penalise(logits, history);
        }
    }

    /** Draw from logits of which the largest is known; they stay as they are. */
    private int draw(float[] logits, int best) {
        if (sampling.isGreedy()) {
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

    /** Free what the constraint holds for this answer; nothing more can be drawn. Closing twice is allowed. */
    @Override
    public void close() {
        if (constraint != null) {
            constraint.close();
        }
    }
}
