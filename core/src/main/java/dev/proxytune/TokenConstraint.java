package dev.proxytune;

/**
 * Restrict of which tokens answers may consist, for instance to what a grammar allows.
 *
 * <p>Immutable and thread-safe, and so shared by any number of answers; what belongs to one answer is in a
 * {@link State}. {@link LanguageModel#constraint} makes one, {@link Sampling#withConstraint} makes it part of a request.
 */
public interface TokenConstraint {

    /**
     * Begin an answer, of which nothing is there yet.
     *
     * @throws IllegalStateException if what the constraint was made from is closed
     */
    State begin();

    /**
     * Hold how far an answer has come. Not thread-safe.
     *
     * <p>It goes forward only: whoever drafts tokens accepts those that were really drawn.
     */
    interface State extends AutoCloseable {

        /**
         * Return whether the answer may go on with a token, or end with it where it is an end-of-generation token.
         * Much faster than {@link #apply}.
         */
        boolean allows(int token);

        /** Set the logits of all tokens that the answer may not go on with to minus infinity. */
        void apply(float[] logits);

        /** Go on with a token, one that is allowed. */
        void accept(int token);

        /** Free what the state holds. Closing twice is allowed. */
        @Override
        void close();
    }
}
