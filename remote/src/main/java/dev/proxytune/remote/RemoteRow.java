package dev.proxytune.remote;

import dev.proxytune.Row;
import dev.proxytune.Truncation;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * Hold a row of log-probabilities that a server told: of all tokens, or of the likeliest. One thread at a time.
 *
 * <p>Log-probabilities are logits less a constant, so they are a row like any other.
 */
final class RemoteRow implements Row {
    /*
     * Implementation note. Servers write minus infinity as some very low number. llama.cpp's computes probabilities in
     * floats first, so what it calls 0 lies somewhere below exp(−87): such a token is put below all that a float can
     * tell, but stays possible, as it is in the model. vLLM and OpenAI write −9999.
     *
     * What is left out is bounded twice: it is no likelier than the least likely of the best N, and all of it together
     * has what their probabilities leave of 1. Sums of floats are not exact, so a little is added to that rest.
     *
     * vLLM may be set to tell logits. Of whole rows these are the log-probabilities and a constant, which is their sum's
     * logarithm. Of the best N the sum is not known, but it is no more than if all the others were like the last of them;
     * with that one, what is left out is said to be no less than it is.
     */
    private static final float FLOAT_FLOOR = -1e30f;
    private static final float BELOW_FLOATS = -104;
    private static final float LEAST_FLOAT = -87;
    private static final float IMPOSSIBLE = -9999;
    private static final double SLACK = 1e-5;
    private static final double MOST_MASS = 1.05;
    private static final float ROUNDING = 0.05f;

    private final float[] logprobs;
    private final int remoteSize;
    private int known;
    private int beyond;
    private double mass;
    private double shift;
    private float least;
    private boolean whole;

    /**
     * Create an empty row.
     *
     * @param size how many tokens the row is about
     * @param remoteSize how many tokens the server's rows have; ids beyond either end cannot be drawn
     */
    RemoteRow(int size, int remoteSize) {
        this.logprobs = new float[size];
        this.remoteSize = remoteSize;
        clear();
    }

    /** Forget everything. */
    void clear() {
        Arrays.fill(logprobs, Float.NEGATIVE_INFINITY);
        known = 0;
        beyond = 0;
        mass = 0;
        shift = 0;
        least = Float.POSITIVE_INFINITY;
        whole = false;
    }

    /**
     * Note one of the likeliest tokens.
     *
     * @throws MalformedAnswerException if it contradicts what was noted before
     */
    void addTop(long id, float logprob) {
        least = Math.min(least, add(id, logprob));
    }

    /** Note a token that was asked for by its id, and says nothing of others. */
    void addNamed(long id, float logprob) {
        add(id, logprob);
    }

    private float add(long id, float told) {
        if (id < 0 || !(told < Float.POSITIVE_INFINITY)) {
            throw new MalformedAnswerException("token id " + id + " has the log-probability " + told);
        }
        float logprob =
                told == Float.NEGATIVE_INFINITY ? IMPOSSIBLE : told <= FLOAT_FLOOR ? BELOW_FLOATS : scaled(told);
        if (id >= logprobs.length) {
            beyond++;
            mass += Math.exp(logprob);
            return logprob;
        }
        int place = (int) id;
        if (logprobs[place] == Float.NEGATIVE_INFINITY) {
            logprobs[place] = Math.max(logprob, IMPOSSIBLE);
            known++;
            mass += Math.exp(logprob);
        } else if (Math.abs(logprobs[place] - Math.max(logprob, IMPOSSIBLE)) > 0.5) {
            throw new MalformedAnswerException(
                    "token id " + id + " has two log-probabilities, " + logprobs[place] + " and " + logprob);
        }
        return logprob;
    }

    private float scaled(float told) {
        float logprob = (float) (told - shift);
        // A little above 0 is what rounding makes of 1.
        return logprob > 0 && logprob < ROUNDING ? 0 : logprob;
    }

    /** Note that a token is none of the server's, so that it cannot be drawn. */
    void addImpossible(int id) {
        put(id, IMPOSSIBLE);
    }

    /** Put a value without counting it, for a server whose tokens are not those of here. */
    void put(int id, float logprob) {
        known += logprobs[id] == Float.NEGATIVE_INFINITY ? 1 : 0;
        logprobs[id] = Math.min(logprob, 0);
    }

    /** End a row that was {@link #put} together, of which the server's least value and sum are these. */
    void finish(float leastTold, double massTold) {
        least = leastTold;
        mass = massTold;
        finish();
    }

    /**
     * End what a server tells that may be set to tell logits, which become log-probabilities here.
     *
     * @throws MalformedAnswerException as by {@link #finish()}
     */
    void finishEither() {
        if (mass > MOST_MASS && mass < Double.POSITIVE_INFINITY) {
            int leftOut = Math.max(0, Math.max(logprobs.length, remoteSize) - known - beyond);
            double sum = mass + leftOut * Math.exp(least);
            shift = Math.log(sum);
            for (int id = 0; id < logprobs.length; id++) {
                if (isKnown(id)) {
                    logprobs[id] = (float) Math.max(logprobs[id] - shift, IMPOSSIBLE);
                }
            }
            least -= (float) shift;
            mass /= sum;
        }
        finish();
    }

    /**
     * End what the server tells of the likeliest tokens.
     *
     * @throws MalformedAnswerException if that is nothing, or more than can be
     */
    void finish() {
        if (known == 0) {
            throw new MalformedAnswerException("a row without log-probabilities of tokens that are known here");
        }
        if (mass > MOST_MASS) {
            throw new MalformedAnswerException(
                    "a row whose probabilities sum to " + mass + "; the server must tell them before sampling");
        }
        whole = known == Math.min(logprobs.length, remoteSize);
    }

    /** Note the logits of neighbors in a row that will be whole; ids beyond the end are passed over. */
    void putAll(int from, float[] logits, int count) {
        int most = Math.min(count, logprobs.length - from);
        if (most > 0) {
            System.arraycopy(logits, 0, logprobs, from, most);
        }
    }

    /** End a row that was put together by {@link #putAll}. */
    void finishWhole() {
        known = Math.min(logprobs.length, remoteSize);
        mass = 1;
        whole = true;
    }

    /** Return whether the row tells all tokens there are. */
    boolean isWhole() {
        return whole;
    }

    boolean isKnown(int id) {
        return logprobs[id] != Float.NEGATIVE_INFINITY;
    }

    boolean areKnown(int[] ids) {
        for (int id : ids) {
            if (!isKnown(id)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Optional<Truncation> truncation() {
        if (whole) {
            return Optional.empty();
        }
        double rest = Math.clamp(1 - mass, 0, 1);
        float bound = Math.min(Math.max(least, LEAST_FLOAT), (float) Math.log(Math.min(1, rest + SLACK)));
        float best = Float.NEGATIVE_INFINITY;
        for (float logprob : logprobs) {
            best = Math.max(best, logprob);
        }
        return Optional.of(new Truncation(rest, bound, bound <= best));
    }

    @Override
    public int size() {
        return logprobs.length;
    }

    @Override
    public float logit(int id) {
        return impossible(logprobs[id], id);
    }

    private float impossible(float logprob, int id) {
        boolean missing = logprob == Float.NEGATIVE_INFINITY && !whole && id >= remoteSize;
        return missing ? IMPOSSIBLE : logprob;
    }

    @Override
    public void copyTo(int from, float[] destination, int offset, int count) {
        Objects.checkFromIndexSize(from, count, logprobs.length);
        System.arraycopy(logprobs, from, destination, offset, count);
        for (int id = Math.max(from, remoteSize); id < from + count; id++) {
            int place = offset + id - from;
            destination[place] = impossible(destination[place], id);
        }
    }
}
