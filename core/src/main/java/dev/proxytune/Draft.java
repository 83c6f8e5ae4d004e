package dev.proxytune;

/** Hold the tokens guessed for one answer's next step, and how likely they are. Not thread-safe. */
final class Draft {
    private final int[] tokens = new int[Speculation.MOST];
    private final int[] kinds = new int[Speculation.MOST + 1];
    private int size;
    private int most;
    private int guess = -1;
    private double chance = 1;
    private final HitRates rates;

    Draft(HitRates rates) {
        this.rates = rates;
    }

    void clear() {
        size = 0;
        guess = -1;
        chance = 1;
    }

    int size() {
        return size;
    }

    /** Let the draft have at most that many tokens. */
    void setMost(int tokenCount) {
        most = tokenCount;
    }

    int most() {
        return most;
    }

    boolean isFull() {
        return size >= most;
    }

    int token(int index) {
        return tokens[index];
    }

    /** Note a guess that is not part of the draft yet. */
    void guess(int token, int kind) {
        guess = token;
        kinds[size] = kind;
        chance *= rates.rate(kind);
    }

    /** Let the draft have no more tokens than it has. */
    void close() {
        most = size;
    }

    /** Return the guess that is not part of the draft yet, −1 if there is none. */
    int guess() {
        return guess;
    }

    boolean hasGuess() {
        return guess >= 0;
    }

    /** Return how likely it is that all of the draft and the last guess are right. */
    double chance() {
        return chance;
    }

    /** Make the guess part of the draft. */
    void extend() {
        tokens[size++] = guess;
        guess = -1;
    }

    /**
     * Learn from what was drawn.
     *
     * @param hits how many tokens of the draft were right
     * @param next the token that was drawn after these
     */
    void learn(int hits, int next) {
        for (int i = 0; i < hits; i++) {
            rates.add(kinds[i], true);
        }
        if (hits < size) {
            rates.add(kinds[hits], tokens[hits] == next);
        } else if (guess >= 0) {
            rates.add(kinds[hits], guess == next);
        }
    }
}
