package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Examples to tune a model on, packed into rows.
 *
 * <p>A pass shuffles the examples, puts each into the first row with room for it, and takes the rows in random order;
 * every example is in one row of a pass. The tokens of an example are a segment of their own, as is what fills up a
 * row, so none sees another's. Not thread-safe.
 */
public final class TuningData implements BatchSource {
    private final List<Example> trained;
    private final List<Example> heldOut;
    private final int padding;
    private final BatchPlan plan;
    /** Number of the first row of each pass known so far, and of the one after. */
    private final List<Long> starts = new ArrayList<>(List.of(0L));

    private Packing packing = new Packing(new int[0], new int[] {0});
    private int packed = -1;

    /** Which examples are in each row: those of row r from firsts[r] to below firsts[r + 1]. */
    private static final class Packing {
        private final int[] order;
        private final int[] firsts;

        private Packing(int[] order, int[] firsts) {
            this.order = order;
            this.firsts = firsts;
        }

        private int rows() {
            return firsts.length - 1;
        }
    }

    /**
     * Lay out examples.
     *
     * @param padding the token that fills up rows, such as the one that ends a text
     * @throws ProxyTuneException if nothing is left to train on
     * @throws IllegalArgumentException if an example does not fit a row
     */
    public TuningData(List<Example> examples, int padding, BatchPlan plan) {
        for (Example example : examples) {
            if (example.length() - 1 > plan.length()) {
                throw new IllegalArgumentException(
                        "an example of " + example.length() + " tokens does not fit a row of " + plan.length());
            }
        }
        int[] order = Shuffle.permutation(examples.size(), Shuffle.of(plan.seed(), -1));
        int kept = examples.size() - (int) Math.ceil(examples.size() * plan.heldOut());
        if (kept == 0) {
            throw new ProxyTuneException("Of " + examples.size()
                    + " examples none is left to train on: give more, or hold out a smaller share");
        }
        this.trained = chosen(examples, Arrays.copyOf(order, kept));
        this.heldOut = chosen(examples, Arrays.copyOfRange(order, kept, order.length));
        this.padding = padding;
        this.plan = plan;
    }

    private static List<Example> chosen(List<Example> examples, int[] order) {
        return Arrays.stream(order).sorted().mapToObj(examples::get).toList();
    }

    /** Return the number of examples that training sees. */
    public int examples() {
        return trained.size();
    }

    @Override
    public long batches(int passes) {
        return Math.ceilDiv(start(passes), plan.rows());
    }

    /** Return the number of the first row of a pass; how many rows a pass has, only packing it tells. */
    private long start(int pass) {
        while (starts.size() <= pass) {
            starts.add(starts.getLast() + packing(starts.size() - 1).rows());
        }
        return starts.get(pass);
    }

    private Packing packing(int pass) {
        if (packed != pass) {
            var random = Shuffle.of(plan.seed(), pass);
            int[] order = Shuffle.permutation(trained.size(), random);
            var rows = pack(trained, order);
            packing = shuffled(rows, Shuffle.permutation(rows.rows(), random));
            packed = pass;
        }
        return packing;
    }

    private Packing pack(List<Example> examples, int[] order) {
        var fit = new FirstFit(plan.length(), order.length);
        int[] rows = Arrays.stream(order)
                .map(example -> fit.put(examples.get(example).length() - 1))
                .toArray();
        var firsts = new int[fit.rows() + 1];
        for (int row : rows) {
            firsts[row + 1]++;
        }
        Arrays.parallelPrefix(firsts, Integer::sum);
        var next = firsts.clone();
        var sorted = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            sorted[next[rows[i]]++] = order[i];
        }
        return new Packing(sorted, firsts);
    }

    /** Return the rows in another order: what is full and what was filled last does not come in turn. */
    private static Packing shuffled(Packing rows, int[] order) {
        var examples = new int[rows.order.length];
        var firsts = new int[order.length + 1];
        for (int i = 0; i < order.length; i++) {
            int first = rows.firsts[order[i]];
            int count = rows.firsts[order[i] + 1] - first;
            System.arraycopy(rows.order, first, examples, firsts[i], count);
            firsts[i + 1] = firsts[i] + count;
        }
        return new Packing(examples, firsts);
    }

    @Override
    public TokenBatch batch(long number) {
        var layout = new Layout(plan.rows());
        long first = Math.multiplyExact(number, (long) plan.rows());
        int pass = passOf(first);
        for (int row = 0; row < plan.rows(); row++) {
            if (first + row >= start(pass + 1)) {
                pass++;
            }
            layout.add(trained, packing(pass), (int) (first + row - start(pass)));
        }
        return layout.batch();
    }

    private int passOf(long row) {
        int pass = Math.max(0, starts.size() - 2);
        while (start(pass + 1) <= row) {
            pass++;
        }
        while (start(pass) > row) {
            pass--;
        }
        return pass;
    }

    /** Return the examples held out, packed in order; empty if none are. */
    @Override
    public List<TokenBatch> validation() {
        var rows = pack(heldOut, IntStream.range(0, heldOut.size()).toArray());
        var batches = new ArrayList<TokenBatch>();
        for (int first = 0; first < rows.rows(); first += plan.rows()) {
            int count = Math.min(plan.rows(), rows.rows() - first);
            var layout = new Layout(count);
            for (int row = first; row < first + count; row++) {
                layout.add(heldOut, rows, row);
            }
            batches.add(layout.batch());
        }
        return batches;
    }

    /** A batch that is filled row by row. */
    private final class Layout {
        private final int rows;
        private final int[] ids;
        private final int[] targets;
        private final int[] segments;
        private int added;

        private Layout(int rows) {
            this.rows = rows;
            this.ids = new int[rows * plan.length()];
            this.targets = new int[ids.length];
            this.segments = new int[ids.length];
        }

        private void add(List<Example> examples, Packing packing, int row) {
            int at = added * plan.length();
            int end = at + plan.length();
            int segment = 0;
            for (int i = packing.firsts[row]; i < packing.firsts[row + 1]; i++) {
                var example = examples.get(packing.order[i]);
                int next = at + example.length() - 1;
                example.write(ids, targets, at);
                Arrays.fill(segments, at, next, segment++);
                at = next;
            }
            Arrays.fill(ids, at, end, padding);
            Arrays.fill(targets, at, end, TokenBatch.UNCOUNTED);
            Arrays.fill(segments, at, end, segment);
            added++;
        }

        private TokenBatch batch() {
            return new TokenBatch(rows, plan.length(), ids, targets, segments);
        }
    }
}
