package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Running text to train a model on: one stream of tokens, cut into rows.
 *
 * <p>A pass cuts the stream, taken as a ring, at a random offset into windows of a row each and takes them in random
 * order, so that every token is predicted once in a pass, after a different stretch of text in each. The last window of
 * a pass ends with tokens of the first, which do not count in it. Rows hold whatever follows one another in the stream,
 * across ends of documents. Not thread-safe.
 */
public final class PretrainingData implements BatchSource {
    private final int[] ids;
    private final int end;
    private final int trained;
    private final BatchPlan plan;
    private final int windows;
    private Pass pass = new Pass(-1, 0, new int[0]);

    private static final class Pass {
        private final long number;
        private final int offset;
        private final int[] order;

        private Pass(long number, int offset, int[] order) {
            this.number = number;
            this.offset = offset;
            this.order = order;
        }
    }

    /**
     * Lay out a stream of tokens.
     *
     * @param ids the stream, with the end token after each document; the array is taken over
     * @param end the token that ends a document
     * @throws ProxyTuneException if there are fewer tokens than a row needs
     */
    PretrainingData(int[] ids, int end, BatchPlan plan) {
        this.ids = ids;
        this.end = end;
        this.plan = plan;
        this.trained = trained(ids, end, plan.heldOut());
        if (trained <= plan.length()) {
            throw new ProxyTuneException("There are " + trained + " tokens to train on, which do not fill a row of "
                    + plan.length() + " and its next token: give more text or ask for shorter rows");
        }
        this.windows = Math.ceilDiv(trained, plan.length());
    }

    /**
     * Read and encode files, one after the other, with an end token after each document.
     *
     * @param files what {@link Corpus} reads
     * @throws ProxyTuneException if a file cannot be read, or all have fewer tokens than a row needs
     */
    public static PretrainingData load(List<Path> files, TextEncoder encoder, BatchPlan plan) {
        return new PretrainingData(TokenStream.read(files, encoder), encoder.end(), plan);
    }

    /** Return where training ends: at the end of a document if there is one near, so that none is in both parts. */
    private static int trained(int[] ids, int end, double heldOut) {
        if (heldOut == 0) {
            return ids.length;
        }
        int target = (int) (ids.length * (1 - heldOut));
        int nearest = target;
        while (nearest > target * 0.9 && ids[nearest - 1] != end) {
            nearest--;
        }
        return nearest > target * 0.9 ? nearest : target;
    }

    /** Return the number of tokens that training sees. */
    public long tokens() {
        return trained;
    }

    @Override
    public long batches(int passes) {
        return Math.ceilDiv(Math.multiplyExact((long) windows, (long) passes), plan.rows());
    }

    @Override
    public TokenBatch batch(long number) {
        int length = plan.length();
        var inputs = new int[plan.rows() * length];
        var targets = new int[plan.rows() * length];
        for (int row = 0; row < plan.rows(); row++) {
            long window = Math.multiplyExact(number, (long) plan.rows()) + row;
            var current = pass(Math.floorDiv(window, (long) windows));
            int which = current.order[(int) (window % windows)];
            int start = which * length;
            for (int i = 0; i < length; i++) {
                inputs[row * length + i] = ids[at(current, start + i)];
                targets[row * length + i] =
                        start + i < trained ? ids[at(current, start + i + 1)] : TokenBatch.UNCOUNTED;
            }
        }
        return new TokenBatch(plan.rows(), length, inputs, targets, new int[0]);
    }

    private int at(Pass current, int position) {
        return (int) ((current.offset + (long) position) % trained);
    }

    private Pass pass(long number) {
        if (pass.number != number) {
            var random = Shuffle.of(plan.seed(), number);
            int offset = random.nextInt(trained);
            pass = new Pass(number, offset, Shuffle.permutation(windows, random));
        }
        return pass;
    }

    /** Return the part held out, in order, each token predicted once; empty if nothing is held out. */
    @Override
    public List<TokenBatch> validation() {
        var batches = new ArrayList<TokenBatch>();
        int length = plan.length();
        int last = ids.length - 1;
        for (int from = trained; from < last; from += plan.rows() * length) {
            int rows = Math.min(plan.rows(), Math.ceilDiv(last - from, length));
            var inputs = new int[rows * length];
            var targets = new int[rows * length];
            Arrays.fill(inputs, end);
            Arrays.fill(targets, TokenBatch.UNCOUNTED);
            int count = Math.min(rows * length, last - from);
            System.arraycopy(ids, from, inputs, 0, count);
            System.arraycopy(ids, from + 1, targets, 0, count);
            batches.add(new TokenBatch(rows, length, inputs, targets, new int[0]));
        }
        return batches;
    }
}
