package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Window that some layers look back on, instead of the whole context.
 *
 * @param size tokens
 * @param period every how many layers one looks back on everything
 */
record SlidingWindow(int size, int period) {
    /** What llama.cpp takes if nothing is said. */
    private static final int USUAL_PERIOD = 6;

    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    /** Read what a configuration of Gemma says, as older and newer versions of transformers write it. */
    static SlidingWindow read(JsonObject config, int layers) {
        int size = config.count("sliding_window").orElse(4096);
        var kinds = config.stringList("layer_types");
        if (kinds.isEmpty()) {
            return new SlidingWindow(
                    size,
                    config.count("sliding_window_pattern")
                            .or(() -> config.count("_sliding_window_pattern"))
                            .orElse(USUAL_PERIOD));
        }
        return IntStream.concat(IntStream.of(USUAL_PERIOD), IntStream.rangeClosed(1, layers + 1))
                .filter(period -> kinds.equals(kinds(layers, period)))
                .mapToObj(period -> new SlidingWindow(size, period))
                .findFirst()
                .orElseThrow(() -> config.unsupported(
                        "layer_types",
                        "irregular or not of " + layers + " layers",
                        "only a full layer after a fixed number of sliding ones can be converted"));
    }

    private static List<String> kinds(int layers, int period) {
        return IntStream.rangeClosed(1, layers)
                .mapToObj(layer -> layer % period == 0 ? FULL : SLIDING)
                .toList();
    }

    /** Put what llama.cpp reads of it. */
    void describe(Metadata.Builder metadata, String prefix) {
        if (period == 1) {
            return;
        }
        metadata.putUnsigned(prefix + "attention.sliding_window", size);
        if (period != USUAL_PERIOD) {
            metadata.putUnsigned(prefix + "attention.sliding_window_pattern", period);
        }
    }
}
