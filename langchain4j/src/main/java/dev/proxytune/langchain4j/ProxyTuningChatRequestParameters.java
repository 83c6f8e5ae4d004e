package dev.proxytune.langchain4j;

import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Hold the parameters of a request, with those that only proxy-tuned models know. Immutable. */
public final class ProxyTuningChatRequestParameters extends DefaultChatRequestParameters {
    private final @Nullable Float alpha;
    private final @Nullable Float minP;
    private final @Nullable Long seed;

    private ProxyTuningChatRequestParameters(Builder builder) {
        super(builder);
        this.alpha = builder.alpha;
        this.minP = builder.minP;
        this.seed = builder.seed;
    }

    /** Return the weight of all expert pairs, if the request names one. */
    public Optional<Float> alpha() {
        return Optional.ofNullable(alpha);
    }

    /** Return how likely a token must be, beside the likeliest, to be drawn, if the request names that. */
    public Optional<Float> minP() {
        return Optional.ofNullable(minP);
    }

    /** Return the start of the random numbers, if the request names one. */
    public OptionalLong seed() {
        return seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    }

    @Override
    public ProxyTuningChatRequestParameters overrideWith(ChatRequestParameters that) {
        return builder().overrideWith(this).overrideWith(that).build();
    }

    @Override
    public ProxyTuningChatRequestParameters defaultedBy(ChatRequestParameters that) {
        return builder().overrideWith(that).overrideWith(this).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other)
                && other instanceof ProxyTuningChatRequestParameters that
                && Objects.equals(alpha, that.alpha)
                && Objects.equals(minP, that.minP)
                && Objects.equals(seed, that.seed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), alpha, minP, seed);
    }

    @Override
    public String toString() {
        return "ProxyTuningChatRequestParameters{" + super.toString() + ", alpha=" + alpha + ", minP=" + minP
                + ", seed=" + seed + "}";
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects parameters. */
    public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {
        private @Nullable Float alpha;
        private @Nullable Float minP;
        private @Nullable Long seed;

        private Builder() {}

        /**
         * Weigh all expert pairs.
         *
         * @param value finite; 0 for the target alone, 1 for the paper's setting
         */
        public Builder alpha(double value) {
            this.alpha = (float) value;
            return this;
        }

        /**
         * Draw no token that is less likely than this fraction of the likeliest.
         *
         * @param value from 0 to 1
         */
        public Builder minP(double value) {
            this.minP = (float) value;
            return this;
        }

        /** Begin the random numbers with this: the same seed, the same answer. */
        public Builder seed(long value) {
            this.seed = value;
            return this;
        }

        @Override
        public Builder overrideWith(ChatRequestParameters parameters) {
            super.overrideWith(parameters);
            if (parameters instanceof ProxyTuningChatRequestParameters own) {
                alpha = own.alpha == null ? alpha : own.alpha;
                minP = own.minP == null ? minP : own.minP;
                seed = own.seed == null ? seed : own.seed;
            }
            return this;
        }

        @Override
        public ProxyTuningChatRequestParameters build() {
            return new ProxyTuningChatRequestParameters(this);
        }
    }
}
