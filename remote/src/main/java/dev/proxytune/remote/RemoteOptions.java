package dev.proxytune.remote;

import java.time.Duration;
import java.util.Optional;

/**
 * Say how a server is asked.
 *
 * @param protocol what it speaks; found out if it is not said
 * @param model what it calls the model; the first it names if it is not said
 * @param key what it is to be shown
 * @param top how many of the likeliest tokens of a row to ask for, {@link #WHOLE} for all, {@link #AUTO} for all of a
 *     vocabulary up to 16,384 tokens, or of any that our own server shares, and 2,000 of a larger one
 * @param precision how exactly our own server tells values; by default in 4 bytes but for whole rows of a vocabulary of
 *     more than 16,384 tokens
 * @param timeout for one request, from sending it to the end of its answer
 * @param retries how often a request that fails in passing is made again, 0 or more
 * @param parallel how many requests may be under way at once, at least 1
 * @param trusted whether the local tokenizer is the served model's own, so that a server need not tell its tokens; what
 *     it tells is compared all the same
 */
public record RemoteOptions(
        Optional<Protocol> protocol,
        Optional<String> model,
        Optional<AccessKey> key,
        int top,
        Optional<Precision> precision,
        Duration timeout,
        int retries,
        int parallel,
        boolean trusted) {
    /** Ask for whole rows. */
    public static final int WHOLE = 0;

    /** Ask for whole rows where they are small. */
    public static final int AUTO = -1;

    /** All found out or left to defaults: five minutes, five retries, eight requests at once. */
    public static final RemoteOptions DEFAULT = new RemoteOptions(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            AUTO,
            Optional.empty(),
            Duration.ofMinutes(5),
            5,
            8,
            false);

    private static final int LARGEST_WHOLE = 16_384;
    private static final int TOP_OF_LARGER = 2_000;

    public RemoteOptions {
        require(top >= AUTO, "top must be 0 or more, or -1, got: " + top);
        require(timeout.isPositive(), "timeout must be positive, got: " + timeout);
        require(retries >= 0, "retries must be 0 or more, got: " + retries);
        require(parallel >= 1, "parallel must be at least 1, got: " + parallel);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    public RemoteOptions withProtocol(Optional<Protocol> value) {
        return new RemoteOptions(value, model, key, top, precision, timeout, retries, parallel, trusted);
    }

    public RemoteOptions withModel(Optional<String> value) {
        return new RemoteOptions(protocol, value, key, top, precision, timeout, retries, parallel, trusted);
    }

    public RemoteOptions withKey(Optional<AccessKey> value) {
        return new RemoteOptions(protocol, model, value, top, precision, timeout, retries, parallel, trusted);
    }

    public RemoteOptions withTop(int value) {
        return new RemoteOptions(protocol, model, key, value, precision, timeout, retries, parallel, trusted);
    }

    public RemoteOptions withPrecision(Optional<Precision> value) {
        return new RemoteOptions(protocol, model, key, top, value, timeout, retries, parallel, trusted);
    }

    public RemoteOptions withTimeout(Duration value) {
        return new RemoteOptions(protocol, model, key, top, precision, value, retries, parallel, trusted);
    }

    public RemoteOptions withRetries(int value) {
        return new RemoteOptions(protocol, model, key, top, precision, timeout, value, parallel, trusted);
    }

    public RemoteOptions withParallel(int value) {
        return new RemoteOptions(protocol, model, key, top, precision, timeout, retries, value, trusted);
    }

    public RemoteOptions withTrusted(boolean value) {
        return new RemoteOptions(protocol, model, key, top, precision, timeout, retries, parallel, value);
    }

    /** Return how many tokens of a row to ask for, all if that is as many as there are. */
    int top(int vocabularySize) {
        int wanted = top == AUTO ? (vocabularySize <= LARGEST_WHOLE ? vocabularySize : TOP_OF_LARGER) : top;
        return wanted == WHOLE ? vocabularySize : Math.min(wanted, vocabularySize);
    }

    /** Return how exactly rows of so many tokens are told, of so many that there are. */
    Precision precision(int told, int vocabularySize) {
        boolean large = told == vocabularySize && vocabularySize > LARGEST_WHOLE;
        return precision.orElse(large ? Precision.F16 : Precision.F32);
    }
}
