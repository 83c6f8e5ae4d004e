package dev.proxytune;

/**
 * Size a {@link Decoder}.
 *
 * @param sequences how many texts run side by side, at least 1
 * @param contextLength tokens that one sequence can hold in each role, prompt and answer together; 0 stands for the
 *     model's own {@link LanguageModel#contextLength() context length}
 * @param maxRows the most rows of logits that one decode may be asked for, at least {@code sequences}
 */
public record DecoderOptions(int sequences, int contextLength, int maxRows) {

    /** One sequence, the model's own context length, one row a decode. */
    public static final DecoderOptions DEFAULT = new DecoderOptions(1, 0, 1);

    private static final int USUAL_CONTEXT = 4096;

    public DecoderOptions {
        if (sequences < 1) {
            throw new IllegalArgumentException("sequences must be at least 1, got: " + sequences);
        }
        if (contextLength < 0) {
            throw new IllegalArgumentException("contextLength must not be negative, got: " + contextLength);
        }
        if (maxRows < sequences) {
            throw new IllegalArgumentException(
                    "maxRows must be at least the number of sequences (" + sequences + "), got: " + maxRows);
        }
    }

    public DecoderOptions withSequences(int count) {
        return new DecoderOptions(count, contextLength, Math.max(count, maxRows));
    }

    public DecoderOptions withContextLength(int tokens) {
        return new DecoderOptions(sequences, tokens, maxRows);
    }

    /**
     * Give each sequence the room that conversations with a model usually need: as many tokens as it was made for, but
     * not more than 4096, for which many sequences fit into memory.
     */
    public DecoderOptions withUsualContext(LanguageModel model) {
        return withContextLength(Math.min(model.contextLength(), USUAL_CONTEXT));
    }

    public DecoderOptions withMaxRows(int rows) {
        return new DecoderOptions(sequences, contextLength, rows);
    }
}
