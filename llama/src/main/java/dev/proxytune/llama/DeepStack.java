package dev.proxytune.llama;

import dev.proxytune.CapacityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Make calls that need a deep stack.
 *
 * <p>For some vocabularies llama.cpp splits texts by C++ regular expressions, whose matcher calls itself for each
 * character of a match, and no text says beforehand how long its longest match is. On a stack that is too small, a few
 * thousand letters without a break end the process.
 */
final class DeepStack {
    /** What a character takes, measured as 400 bytes and rounded up. */
    private static final long BYTES_PER_CHARACTER = 640;

    private static final long BASE = 1 << 20;

    /** Short enough for what is left of the stack of any thread that is not in trouble already. */
    private static final int SHORT = 500;

    /** Ten gigabytes of addresses, of which only what is used counts as memory. */
    private static final int LONGEST = 1 << 24;

    private DeepStack() {}

    /**
     * Make a call on a stack that is deep enough for a text.
     *
     * @param length the most characters of the text, such as its length in bytes
     */
    static <T> T call(int length, Supplier<T> call) {
        if (length <= SHORT) {
            return call.get();
        }
        if (length > LONGEST) {
            throw new CapacityException("The text is too long to be tokenized at once: it has " + length
                    + " bytes, at most " + LONGEST + " are possible");
        }
        var result = new CompletableFuture<T>();
        var thread = new Thread(
                null,
                () -> {
                    try {
                        result.complete(call.get());
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                },
                "proxytune-deep-stack",
                BASE + length * BYTES_PER_CHARACTER);
        try {
            thread.start();
            return result.join();
        } catch (OutOfMemoryError e) {
            throw new CapacityException(
                    "There is not enough memory to tokenize a text of " + length + " bytes at once");
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
