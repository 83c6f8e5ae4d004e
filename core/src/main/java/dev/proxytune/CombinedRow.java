package dev.proxytune;

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

    CombinedRow(Row target, Part[] parts) {
        this.target = target;
        this.parts = parts;
    }

    /** Hold one pair's rows for one token; a row is missing if the pair has no such model or its weight is 0. */
    static final class Part {
        private final float weight;
        private final @Nullable Row expert;
        private final @Nullable Row antiExpert;
        private final int shared;
        private final float constant;
        private final float[] scratch;

        /**
         * Create a part.
         *
         * @param shared how many ids, from 0 on, the pair speaks about
         * @param targetSize the size of the target's row
         * @param scratch room for {@link Kernels#BLOCK} values for each of two rows, used while a row is read
         */
        Part(
                float weight,
                @Nullable Row expert,
                @Nullable Row antiExpert,
                int shared,
                int targetSize,
                float[] scratch,
                Kernels kernels) {
            this.weight = weight;
            this.expert = expert;
            this.antiExpert = antiExpert;
            this.shared = shared;
            this.scratch = scratch;
            this.constant = shared == targetSize || weight == 0 ? 0 : (float) logOdds(kernels);
        }

        private double logOdds(Kernels kernels) {
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
            float difference =
                    (expert == null ? 0 : expert.logit(id)) - (antiExpert == null ? 0 : antiExpert.logit(id));
            return weight * (difference - constant);
        }

        private void addTo(int from, float[] destination, int offset, int count) {
            int end = Math.min(from + count, shared);
            for (int start = from; start < end; start += Kernels.BLOCK) {
                int length = Math.min(Kernels.BLOCK, end - start);
                int at = offset + start - from;
                if (expert != null && antiExpert != null) {
                    expert.copyTo(start, scratch, 0, length);
                    antiExpert.copyTo(start, scratch, Kernels.BLOCK, length);
                    addDifference(destination, at, length);
                } else if (expert != null) {
                    expert.copyTo(start, scratch, 0, length);
                    addOne(destination, at, length, weight, constant);
                } else if (antiExpert != null) {
                    antiExpert.copyTo(start, scratch, 0, length);
                    addOne(destination, at, length, -weight, -constant);
                }
            }
        }

        private void addDifference(float[] destination, int at, int count) {
            for (int i = 0; i < count; i++) {
                destination[at + i] += weight * (scratch[i] - scratch[Kernels.BLOCK + i] - constant);
            }
        }

        private void addOne(float[] destination, int at, int count, float factor, float zero) {
            for (int i = 0; i < count; i++) {
                destination[at + i] += factor * (scratch[i] - zero);
            }
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
    public void copyTo(int from, float[] destination, int offset, int count) {
        Objects.checkFromIndexSize(from, count, size());
        target.copyTo(from, destination, offset, count);
        for (Part part : parts) {
            if (part.isActive()) {
                part.addTo(from, destination, offset, count);
            }
        }
    }
}
