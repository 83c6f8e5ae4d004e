package dev.proxytune.tune;

import java.util.Arrays;
import java.util.Objects;

/**
 * A sequence of tokens to learn from, of which some parts count. Immutable.
 *
 * <p>A token that counts is to be predicted from those before it; the others are only read. The first one never counts,
 * as nothing is before it.
 */
public final class Example {
    private final int[] ids;
    /** Where the parts that count start and end, in turns, in order and not touching. */
    private final int[] answers;

    private Example(int[] ids, int[] answers) {
        this.ids = ids;
        this.answers = answers;
    }

    /**
     * Create an example that ends with an answer.
     *
     * @param ids the tokens, at least 2
     * @param answerStart the first token that counts, 0 to the last
     */
    public Example(int[] ids, int answerStart) {
        this(ids.clone(), new int[] {answerStart, ids.length});
        Objects.checkIndex(answerStart, ids.length);
        if (ids.length < 2) {
            throw new IllegalArgumentException("an example needs at least 2 tokens, got " + ids.length);
        }
    }

    /** Return the number of tokens. */
    public int length() {
        return ids.length;
    }

    /** Return a token. */
    public int id(int index) {
        return ids[index];
    }

    /** Return whether a token is to be predicted. */
    public boolean counts(int index) {
        Objects.checkIndex(index, ids.length);
        int found = Arrays.binarySearch(answers, index);
        // At a start or after it, but before an end: an even number of borders lies before the next one.
        int bordersUpTo = found >= 0 ? found + 1 : -found - 1;
        return index > 0 && bordersUpTo % 2 == 1;
    }

    /** Write the tokens that predict and, shifted by one, those predicted: one less than there are tokens. */
    void write(int[] inputs, int[] targets, int offset) {
        System.arraycopy(ids, 0, inputs, offset, ids.length - 1);
        Arrays.fill(targets, offset, offset + ids.length - 1, TokenBatch.UNCOUNTED);
        for (int i = 0; i < answers.length; i += 2) {
            int start = Math.max(1, answers[i]);
            System.arraycopy(ids, start, targets, offset + start - 1, answers[i + 1] - start);
        }
    }

    /** Collects tokens. */
    static final class Builder {
        private final TokenList ids = new TokenList();
        private final TokenList answers = new TokenList();

        /** Add tokens that are only read, or that count. */
        Builder add(int[] more, boolean counts) {
            int start = ids.size();
            ids.addAll(more);
            boolean goesOn = answers.size() > 0 && answers.get(answers.size() - 1) == start;
            if (counts && goesOn) {
                answers.removeLast();
                answers.add(ids.size());
            } else if (counts && more.length > 0) {
                answers.add(start);
                answers.add(ids.size());
            }
            return this;
        }

        /** Tell whether a token counts that can be predicted. */
        boolean counts() {
            return answers.size() > 0 && answers.get(answers.size() - 1) > 1;
        }

        int length() {
            return ids.size();
        }

        Example build() {
            return new Example(ids.toArray(), answers.toArray());
        }
    }
}
