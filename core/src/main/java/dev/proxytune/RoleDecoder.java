package dev.proxytune;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Run one expert or anti-expert of a proxy-tuned model. Not thread-safe. */
final class RoleDecoder {
    private static final int NONE = -1;
    private static final int BORROWED = -2;

    private final Decoder decoder;
    private final int vocabularySize;
    private final int pair;
    private final boolean expert;
    private final Batch batch = new Batch();
    private final Optional<Twin> twin;
    private int[] rowOf = new int[0];
    private @Nullable Row[] kept = new Row[0];

    /**
     * Say whose rows are this role's where both read the same prompt: those of the same model in another role.
     *
     * @param role the other role, unless it is the target
     */
    record Twin(Decoder target, Optional<RoleDecoder> role) {

        private boolean reads(Prompt prompt, Prompt common) {
            return role.isEmpty()
                    ? prompt.isTargetOf(common)
                    : prompt.equals(role.get().prompt(common));
        }

        private boolean has(int row) {
            return role.isEmpty() || role.get().has(row);
        }

        private @Nullable Row row(int index) {
            return role.isEmpty() ? target.row(index) : role.get().row(index);
        }
    }

    /**
     * Create a role.
     *
     * @param twin the same model in a role that comes before this one
     */
    RoleDecoder(Decoder decoder, int vocabularySize, int pair, boolean expert, Optional<Twin> twin) {
        this.decoder = decoder;
        this.vocabularySize = vocabularySize;
        this.pair = pair;
        this.expert = expert;
        this.twin = twin;
    }

    Decoder decoder() {
        return decoder;
    }

    int vocabularySize() {
        return vocabularySize;
    }

    int pair() {
        return pair;
    }

    boolean isExpert() {
        return expert;
    }

    /** Return what the next decode of this role computes. */
    Batch batch() {
        return batch;
    }

    Prompt prompt(Prompt prompt) {
        return expert ? prompt.expert(pair) : prompt.antiExpert(pair);
    }

    /** Begin to note where the rows of a decode are. */
    void begin(int rows) {
        batch.clear();
        if (rowOf.length < rows) {
            rowOf = new int[rows];
            kept = new Row[rows];
        }
    }

    /** Note that a row of the proxy-tuned model has none of this role. */
    void skip(int row) {
        rowOf[row] = NONE;
        kept[row] = null;
    }

    /** Note that this role's part of a row was computed earlier. */
    void reuse(int row, float[] logits) {
        rowOf[row] = NONE;
        kept[row] = new KeptRow(logits, vocabularySize, vocabularySize);
    }

    /** Note that the batch's last entry yields this role's part of a row. */
    void compute(int row) {
        rowOf[row] = batch.rows() - 1;
        kept[row] = null;
    }

    /** Return whether the same model has a role that comes before this one. */
    boolean isTwin() {
        return twin.isPresent();
    }

    /** Return whether the same model reads the same as this role in a sequence, in a role that comes before it. */
    boolean hasTwin(SteeredSequence sequence) {
        return twin.isPresent() && twin.get().reads(prompt(sequence.prompt()), sequence.prompt());
    }

    /** Return whether this role's part of a row is computed in another role anyway. */
    boolean canBorrow(SteeredSequence sequence, int row) {
        return hasTwin(sequence) && twin.get().has(row);
    }

    /** Note that this role's part of a row is what the same model says in another role. */
    void borrow(int row) {
        rowOf[row] = BORROWED;
        kept[row] = null;
    }

    private boolean has(int row) {
        return rowOf[row] != NONE || kept[row] != null;
    }

    @Nullable
    Row row(int index) {
        return switch (rowOf[index]) {
            case NONE -> kept[index];
            case BORROWED -> twin.orElseThrow().row(index);
            default -> decoder.row(rowOf[index]);
        };
    }

    /**
     * Let the batch bring a sequence to its prompt and the first {@code position} answer tokens.
     *
     * @param index the number of this role
     * @param wanted whether the row after the last of them is wanted
     */
    void catchUp(int index, int number, SteeredSequence sequence, int position, boolean wanted) {
        Prompt prompt = prompt(sequence.prompt());
        checkRoom(name(), decoder, prompt, position);
        if (sequence.seen(index) < 0) {
            batch.start(number, prompt, Steering.DEFAULT, wanted && position == 0);
            sequence.setSeen(index, 0);
        }
        for (int seen = sequence.seen(index); seen < position; seen++) {
            append(number, sequence.answer(seen), wanted && seen + 1 == position);
            sequence.setSeen(index, seen + 1);
        }
    }

    void append(int number, int token, boolean wanted) {
        if (token >= vocabularySize) {
            throw new VocabularyMismatchException("The " + name() + " has no token id " + token
                    + ", which the answer holds; ban it with a logit bias, or choose models of the same vocabulary");
        }
        batch.append(number, token, wanted);
    }

    void rewind(int number, int length) {
        decoder.require(Capability.Rewind.class).rewind(number, length);
    }

    /** Return whether the context holds this role's part of a prompt and that many answer tokens. */
    boolean hasRoom(Prompt common, int answer) {
        return prompt(common).length() + answer <= decoder.contextLength();
    }

    static void checkRoom(String role, Decoder decoder, Prompt prompt, int answer) {
        int tokens = prompt.length() + answer;
        if (tokens > decoder.contextLength()) {
            throw new CapacityException("The " + role + "'s context holds " + decoder.contextLength()
                    + " tokens, but the prompt has " + prompt.length() + " and the answer " + answer
                    + "; shorten the prompt or make the context longer");
        }
    }

    private String name() {
        return expert ? "expert" : "anti-expert";
    }
}
