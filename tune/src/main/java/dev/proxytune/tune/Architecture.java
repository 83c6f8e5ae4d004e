package dev.proxytune.tune;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A way to put a transformer together that can be trained. */
public enum Architecture {
    LLAMA,
    QWEN2,
    QWEN3,
    GEMMA3;

    /** Number of layers of the one gemma3 model whose attention is scaled by the width. */
    private static final int LAYERS_OF_27B = 62;

    /** Return the name that files use. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Architecture> byLabel(String label) {
        return Arrays.stream(values())
                .filter(architecture -> architecture.label().equals(label))
                .findFirst();
    }

    static String labels() {
        return Arrays.stream(values()).map(Architecture::label).collect(Collectors.joining(", "));
    }

    /** Tell whether heads rotate dimension i with i + size / 2 rather than with its neighbor. */
    boolean rotatesHalves() {
        return this != LLAMA;
    }

    /** Tell whether each query and key goes through a norm of its own. */
    boolean normsHeads() {
        return this == QWEN3 || this == GEMMA3;
    }

    /** Tell whether what a part adds to the residual stream goes through a norm first. */
    boolean normsOutputs() {
        return this == GEMMA3;
    }

    /** Tell whether embeddings are multiplied by the root of the width. */
    boolean scalesEmbeddings() {
        return this == GEMMA3;
    }

    /** Tell whether the feed-forward part is gated by the tanh form of GELU rather than by SiLU. */
    boolean gatesByGelu() {
        return this == GEMMA3;
    }

    boolean scalesByWidth(ModelShape shape) {
        return this == GEMMA3 && shape.layers() == LAYERS_OF_27B;
    }

    /** Return the vectors that a block may have and need not. */
    List<String> optionalBiases() {
        return this == LLAMA
                ? List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
                : List.of("attn_q", "attn_k", "attn_v");
    }
}
