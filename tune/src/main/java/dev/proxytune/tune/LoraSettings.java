package dev.proxytune.tune;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What low-rank matrices are added to a frozen model (LoRA, arXiv 2106.09685, section 4.1).
 *
 * @param rank how many rows and columns the two matrices share
 * @param alpha what they add is multiplied by this and divided by the rank
 * @param dropout share of what enters them that is left out at random while learning, 0 to less than 1
 * @param projections the matrices of each block that they are added to, at least one
 */
public record LoraSettings(int rank, float alpha, float dropout, Set<Projection> projections) {
    /** A matrix of a block. */
    public enum Projection {
        Q("attn_q"),
        K("attn_k"),
        V("attn_v"),
        O("attn_output"),
        GATE("ffn_gate"),
        UP("ffn_up"),
        DOWN("ffn_down");

        private final String stem;

        Projection(String stem) {
            this.stem = stem;
        }

        /** Return the name in the files, without block and ending. */
        String stem() {
            return stem;
        }
    }

    private static final int HIGHEST_RANK = 4096;

    /** Rank 8, alpha 16, no dropout, all matrices. */
    public static final LoraSettings DEFAULT = new LoraSettings(8, 16, 0, EnumSet.allOf(Projection.class));

    public LoraSettings {
        projections = Set.copyOf(projections);
        if (rank < 1 || rank > HIGHEST_RANK) {
            throw new IllegalArgumentException("rank must be from 1 to " + HIGHEST_RANK + ", got: " + rank);
        }
        if (!(alpha > 0) || Float.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha must be a positive number, got: " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must be from 0 to less than 1, got: " + dropout);
        }
        if (projections.isEmpty()) {
            throw new IllegalArgumentException("at least one of "
                    + Arrays.stream(Projection.values()).map(Projection::name).collect(Collectors.joining(", "))
                    + " must be adapted");
        }
    }

    /** Return the factor of what the matrices add. */
    float scale() {
        return alpha / rank;
    }

    /** Return how many numbers the matrices hold that are added to a model of the shape. */
    long parameters(ModelShape shape) {
        return TensorNames.of(shape).entrySet().stream()
                .filter(tensor -> projections.stream()
                        .anyMatch(projection -> tensor.getKey().endsWith("." + projection.stem() + ".weight")))
                .mapToLong(tensor -> (long) rank
                        * (tensor.getValue().getFirst() + tensor.getValue().getLast()))
                .sum();
    }
}
