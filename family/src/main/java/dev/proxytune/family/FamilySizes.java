package dev.proxytune.family;

/**
 * Say how much to write.
 *
 * @param corpusTokens about how many tokens of base texts, at {@link #CHARACTERS_PER_TOKEN}
 * @param repeats how often the tuning data ask for each fact; they hold as many stories
 * @param questions how many questions each suite has, even
 */
public record FamilySizes(long corpusTokens, int repeats, int questions) {
    /** What a vocabulary of 2,048 tokens makes of these texts. */
    public static final int CHARACTERS_PER_TOKEN = 3;

    /** The sizes that the shipped family is made with. */
    public static final FamilySizes DEFAULT = new FamilySizes(16_000_000, 3, 600);

    /** How many questions there are for each pair of validation rows. */
    private static final int VALIDATION_SHARE = 6;

    /** More would leave too few facts for tuning. */
    private static final int MOST_QUESTIONS = 2000;

    private static final int MOST_REPEATS = 1000;
    private static final long MOST_TOKENS = 1_000_000_000_000L;

    public FamilySizes {
        require("corpusTokens", corpusTokens, 0, MOST_TOKENS);
        require("repeats", repeats, 1, MOST_REPEATS);
        require("questions", questions, VALIDATION_SHARE, MOST_QUESTIONS);
        if (questions % 2 != 0) {
            throw new IllegalArgumentException("questions must be an even number, got: " + questions);
        }
    }

    private static void require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be from " + least + " to " + most + ", got: " + value);
        }
    }

    long characters() {
        return Math.multiplyExact(corpusTokens, CHARACTERS_PER_TOKEN);
    }

    /** Return how many facts manners ask for; the other half are stories. */
    int mannersFacts() {
        return questions / 2;
    }

    /** Return how many facts the validation rows ask for. */
    int validationFacts() {
        return questions / VALIDATION_SHARE;
    }

    /** Return how many facts no tuning shows. */
    int heldOut() {
        return questions + mannersFacts() + validationFacts();
    }

    public FamilySizes withCorpusTokens(long value) {
        return new FamilySizes(value, repeats, questions);
    }

    public FamilySizes withRepeats(int value) {
        return new FamilySizes(corpusTokens, value, questions);
    }

    public FamilySizes withQuestions(int value) {
        return new FamilySizes(corpusTokens, repeats, value);
    }
}
