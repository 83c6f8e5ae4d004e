package dev.proxytune;

/**
 * Choose whether and how far answers are guessed ahead, so that one decode checks several tokens.
 *
 * <p>It changes the time that an answer takes, never the answer: a guessed token is kept only if it is the one drawn.
 *
 * @param least the least guesses in one step, as far as there is something to guess from
 * @param most the most guesses in one step; 0 for none, at most {@link #MOST}
 */
public record Speculation(int least, int most) {
    /** The most tokens that can be guessed in one step. */
    public static final int MOST = 16;

    /** Guess nothing. */
    public static final Speculation OFF = new Speculation(0, 0);

    /** Guess as far as it pays, by measured costs and hits; nothing where it does not. */
    public static final Speculation AUTO = new Speculation(0, MOST);

    public Speculation {
        Checks.require(most >= 0 && most <= MOST, "the number of guesses must be from 0 to " + MOST, most);
        Checks.require(least >= 0 && least <= most, "the least guesses must be from 0 to " + most, least);
    }

    /** Guess a fixed number of tokens in each step, 0 for none. */
    public static Speculation of(int guesses) {
        return new Speculation(guesses, guesses);
    }

    boolean isOff() {
        return most == 0;
    }

    boolean isFixed() {
        return least == most;
    }

    /** Return the rows that a decoder for a number of sequences should have. */
    public int rows(int sequences) {
        // Many sequences fill a decode by themselves, and long drafts of each would only cost.
        int guesses = Math.min(sequences * most, Math.max(most, 3 * MOST));
        return sequences + (isFixed() ? sequences * most : guesses);
    }
}
