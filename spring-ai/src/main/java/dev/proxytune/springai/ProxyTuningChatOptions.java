package dev.proxytune.springai;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.DefaultToolCallingChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;

/**
 * Hold the options of a request, with those that only proxy-tuned models know. Immutable; a value that is null is left
 * to the model's own options.
 *
 * <p>It can carry tools so that the model sees them, and refuses them, instead of their being lost on the way.
 */
public final class ProxyTuningChatOptions extends DefaultToolCallingChatOptions implements StructuredOutputChatOptions {
    private final @Nullable Double alpha;
    private final @Nullable Double minP;
    private final @Nullable Long seed;
    private final @Nullable String outputSchema;

    private ProxyTuningChatOptions(
            DefaultToolCallingChatOptions common,
            @Nullable Double alpha,
            @Nullable Double minP,
            @Nullable Long seed,
            @Nullable String outputSchema) {
        super(
                common.getToolCallbacks(),
                common.getToolContext(),
                common.getModel(),
                common.getFrequencyPenalty(),
                common.getMaxTokens(),
                common.getPresencePenalty(),
                common.getStopSequences(),
                common.getTemperature(),
                common.getTopK(),
                common.getTopP());
        this.alpha = alpha;
        this.minP = minP;
        this.seed = seed;
        this.outputSchema = outputSchema;
    }

    /** Return the weight of all expert pairs. */
    public @Nullable Double getAlpha() {
        return alpha;
    }

    /** Return how likely a token must be, beside the likeliest, to be drawn. */
    public @Nullable Double getMinP() {
        return minP;
    }

    /** Return the start of the random numbers. */
    public @Nullable Long getSeed() {
        return seed;
    }

    /** Return the JSON schema that answers are held to. */
    @Override
    public @Nullable String getOutputSchema() {
        return outputSchema;
    }

    @Override
    public Builder mutate() {
        return builder()
                .model(getModel())
                .frequencyPenalty(getFrequencyPenalty())
                .maxTokens(getMaxTokens())
                .presencePenalty(getPresencePenalty())
                .stopSequences(getStopSequences())
                .temperature(getTemperature())
                .topK(getTopK())
                .topP(getTopP())
                .toolCallbacks(getToolCallbacks())
                .toolContext(getToolContext())
                .alpha(alpha)
                .minP(minP)
                .seed(seed)
                .outputSchema(outputSchema);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other)
                && other instanceof ProxyTuningChatOptions that
                && Objects.equals(alpha, that.alpha)
                && Objects.equals(minP, that.minP)
                && Objects.equals(seed, that.seed)
                && Objects.equals(outputSchema, that.outputSchema);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), alpha, minP, seed, outputSchema);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects options. */
    public static final class Builder extends DefaultToolCallingChatOptions.Builder<Builder>
            implements StructuredOutputChatOptions.Builder<Builder> {
        private @Nullable Double alpha;
        private @Nullable Double minP;
        private @Nullable Long seed;
        private @Nullable String outputSchema;

        private Builder() {}

        /**
         * Weigh all expert pairs.
         *
         * @param value finite; 0 for the target alone, 1 for the paper's setting, null for the model's own
         */
        public Builder alpha(@Nullable Double value) {
            this.alpha = value;
            return this;
        }

        /**
         * Draw no token that is less likely than this fraction of the likeliest.
         *
         * @param value from 0 to 1, null for the model's own
         */
        public Builder minP(@Nullable Double value) {
            this.minP = value;
            return this;
        }

        /** Begin the random numbers with this: the same seed, the same answer. */
        public Builder seed(@Nullable Long value) {
            this.seed = value;
            return this;
        }

        /** Hold answers to a JSON schema, given as text. */
        @Override
        public Builder outputSchema(@Nullable String value) {
            this.outputSchema = value;
            return this;
        }

        @Override
        public Builder combineWith(ChatOptions.Builder<?> other) {
            super.combineWith(other);
            if (other instanceof Builder that) {
                alpha = that.alpha == null ? alpha : that.alpha;
                minP = that.minP == null ? minP : that.minP;
                seed = that.seed == null ? seed : that.seed;
                outputSchema = that.outputSchema == null ? outputSchema : that.outputSchema;
            } else if (other.build() instanceof StructuredOutputChatOptions that && that.getOutputSchema() != null) {
                outputSchema = that.getOutputSchema();
            }
            return this;
        }

        @Override
        public ProxyTuningChatOptions build() {
            var common = (DefaultToolCallingChatOptions) super.build();
            return new ProxyTuningChatOptions(common, alpha, minP, seed, outputSchema);
        }
    }
}
