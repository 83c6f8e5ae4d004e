package dev.proxytune;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * View the row {@code target + Σ αᵢ·(expertᵢ − antiExpertᵢ)} (Liu et al. 2024, Eq. 1 and section 6.2), computed where
 * it is read.
 *
 * <p>A pair speaks about the token ids that both its models share with the target and leaves the others as they are.
 * Where there are others, the pair's rows count as log-probabilities over the shared ids, so that a constant added to
 * any row still changes nothing. The parts stay visible, for traces.
 */
public final class CombinedRow implements Row {
    private final Row target;
    private final Part[] parts;
    private final Scratch scratch;
    private final Optional<Truncation> truncation;

    CombinedRow(Row target, Part[] parts, Scratch scratch) {
        this(target, parts, scratch, Optional.empty());
    }

    private CombinedRow(Row target, Part[] parts, Scratch scratch, Optional<Truncation> truncation) {
        this.target = target;
        this.parts = parts;
        this.scratch = scratch;
        this.truncation = truncation;
    }

    CombinedRow withTruncation(Optional<Truncation> value) {
        return new CombinedRow(target, parts, scratch, value);
    }

    /** Hold what reading a row needs for as long as it takes; one thread at a time. */
    static final class Scratch {
        private final Kernels kernels = new Kernels();
        private final float[] sums = new float[Kernels.BLOCK];
        private final float[] first = new float[Kernels.BLOCK];
        private final float[] second = new float[Kernels.BLOCK];
        private final float[] differences = new float[Kernels.BLOCK];
    }

    /** Hold one pair's rows for one token; a row is missing if the pair has no such model or its weight is 0. */
    static final class Part {
        private final float weight;
        private final @Nullable Row expert;
        private final @Nullable Row antiExpert;
        private final int shared;
        private final float constant;
        private final Scratch scratch;
        private final Kernels kernels;

        /**
         * Create a part.
         *
         * @param shared how many ids, from 0 on, the pair speaks about
         * @param targetSize the size of the target's row
         */
        Part(
                float weight,
                @Nullable Row expert,
                @Nullable Row antiExpert,
                int shared,
                int targetSize,
                Scratch scratch) {
            this.weight = weight;
            this.expert = expert;
            this.antiExpert = antiExpert;
            this.shared = shared;
            this.scratch = scratch;
            this.kernels = scratch.kernels;
            this.constant = shared == targetSize || weight == 0 ? 0 : (float) logOdds();
        }

        private double logOdds() {
            return (expert == null ? 0 : kernels.logSumExp(expert, shared))
                    - (antiExpert == null ? 0 : kernels.logSumExp(antiExpert, shared));
        }

        private boolean isActive() {
            return weight != 0 && (expert != null || antiExpert != null);
        }

        private float offset(int id) {
            if (id >= shared || !isActive()) {
                return 0;
            }
            return weight
                    * (difference(expert == null ? 0 : expert.logit(id), antiExpert == null ? 0 : antiExpert.logit(id))
                            - constant);
        }

        /**
         * Return what the pair says about a token. What both call impossible stays where the target has it, and an
         * infinite logit is not a number, lest it be taken for a ban where it is subtracted.
         */
        private float difference(float first, float second) {
            if (first == Float.NEGATIVE_INFINITY && second == Float.NEGATIVE_INFINITY) {
                return constant;
            }
            return Math.max(first, second) == Float.POSITIVE_INFINITY ? Float.NaN : first - second;
        }

        /** Add what the pair says about {@code count} ids from {@code from} on to {@link Scratch#sums}. */
        private void add(int from, int count) {
            int length = Math.min(count, shared - from);
            if (length <= 0 || !isActive()) {
                return;
            }
            float[] first = copy(expert, from, scratch.first, length);
            float[] second = copy(antiExpert, from, scratch.second, length);
            float[] differences = scratch.differences;
            if (kernels.subtract(first, second, differences, length)) {
                for (int i = 0; i < length; i++) {
                    differences[i] = difference(first[i], second[i]);
                }
            }
            kernels.addScaled(scratch.sums, differences, length, weight, constant);
        }

        private static float[] copy(@Nullable Row row, int from, float[] block, int count) {
            if (row == null) {
                Arrays.fill(block, 0, count, 0);
            } else {
                row.copyTo(from, block, 0, count);
            }
            return block;
        }
    }

    /** Return the target's own row. */
    public Row target() {
        return target;
    }

    /** Return the number of expert pairs. */
    public int pairs() {
        return parts.length;
    }

    /** Return the expert's row of a pair, unless the pair has none or its weight is 0. */
    public Optional<Row> expert(int pair) {
        return Optional.ofNullable(parts[pair].expert);
    }

    /** Return the anti-expert's row of a pair, unless the pair has none or its weight is 0. */
    public Optional<Row> antiExpert(int pair) {
        return Optional.ofNullable(parts[pair].antiExpert);
    }

    @Override
    public int size() {
        return target.size();
    }

    @Override
    public float logit(int id) {
        float logit = target.logit(id);
        for (Part part : parts) {
            logit += part.offset(id);
        }
        return logit;
    }

    @Override
    public Optional<Truncation> truncation() {
        return truncation;
    }

    /** Copy what the pairs add to the target's logits, as {@link #copyTo} copies the sum. */
    void copyOffsets(float[] destination) {
        for (int from = 0; from < size(); from += Kernels.BLOCK) {
            int length = Math.min(Kernels.BLOCK, size() - from);
            Arrays.fill(scratch.sums, 0, length, 0);
            for (Part part : parts) {
                part.add(from, length);
            }
            System.arraycopy(scratch.sums, 0, destination, from, length);
        }
    }

    @Override
    public void copyTo(int from, float[] destination, int offset, int count) {
        Objects.checkFromIndexSize(from, count, size());
        Objects.checkFromIndexSize(offset, count, destination.length);
        for (int done = 0; done < count; done += Kernels.BLOCK) {
            int length = Math.min(Kernels.BLOCK, count - done);
            target.copyTo(from + done, scratch.sums, 0, length);
            for (Part part : parts) {
                part.add(from + done, length);
            }
            System.arraycopy(scratch.sums, 0, destination, offset + done, length);
        }
    }
}
