package dev.proxytune;

import org.jspecify.annotations.Nullable;

/** Run one expert or anti-expert of a proxy-tuned model. Not thread-safe. */
final class RoleDecoder {
    private static final int NONE = -1;

    private final Decoder decoder;
    private final int vocabularySize;
    private final int pair;
    private final boolean expert;
    private final Batch batch = new Batch();
    private int[] rowOf = new int[0];
    private @Nullable Row[] kept = new Row[0];

    RoleDecoder(Decoder decoder, int vocabularySize, int pair, boolean expert) {
        this.decoder = decoder;
        this.vocabularySize = vocabularySize;
        this.pair = pair;
        this.expert = expert;
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

    @Nullable
    Row row(int index) {
        return rowOf[index] == NONE ? kept[index] : decoder.row(rowOf[index]);
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
