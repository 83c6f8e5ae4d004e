package dev.proxytune.llama;

import dev.proxytune.Batch;
import dev.proxytune.CapacityException;
import dev.proxytune.Prompt;

/** Refuse a batch that llama.cpp would end the process for, or that does not fit, before anything is changed. */
final class BatchCheck {
    private final ContextPlan plan;
    private final int vocabularySize;
    private final int callLength;
    private final int[] lengths;
    private final boolean[] wanting;
    private int lastCall;

    BatchCheck(ContextPlan plan, int vocabularySize, int callLength) {
        this.plan = plan;
        this.vocabularySize = vocabularySize;
        this.callLength = callLength;
        this.lengths = new int[plan.sequences()];
        this.wanting = new boolean[plan.sequences()];
    }

    /** Check a batch against what the sequences hold. */
    void check(Batch batch, TokenSequence[] sequences) {
        if (batch.rows() > plan.rows()) {
            throw new CapacityException("The batch wants " + batch.rows()
                    + " rows, but the decoder was opened for at most " + plan.rows() + ": open it with more (maxRows)");
        }
        for (int i = 0; i < sequences.length; i++) {
            lengths[i] = sequences[i].isStarted() ? sequences[i].length() : -1;
            wanting[i] = false;
        }
        lastCall = 0;
        for (int entry = 0; entry < batch.size(); entry++) {
            check(batch, entry);
        }
        if (lastCall > callLength) {
            throw new CapacityException("The batch has " + lastCall
                    + " tokens from the first wanted row of each sequence "
                    + "on, but they must go into one call, which takes " + callLength + ": want fewer rows at once");
        }
    }

    private void check(Batch batch, int entry) {
        int sequence = batch.sequence(entry);
        if (sequence >= plan.sequences()) {
            throw new IllegalArgumentException(
                    "There is no sequence " + sequence + ": the decoder has " + plan.sequences() + ", numbered from 0");
        }
        if (batch.isStart(entry)) {
            checkStart(sequence, batch.prompt(entry));
        } else {
            checkAppend(sequence, batch.token(entry));
        }
        wanting[sequence] |= batch.isWanted(entry);
        lastCall += wanting[sequence] ? 1 : 0;
    }

    private void checkStart(int sequence, Prompt prompt) {
        if (prompt.length() > plan.contextLength()) {
            throw new CapacityException("The prompt has " + prompt.length() + " tokens, but the context holds "
                    + plan.contextLength() + ": shorten the prompt or use a longer context (-c)");
        }
        for (int i = 0; i < prompt.length(); i++) {
            checkToken(prompt.token(i));
        }
        lengths[sequence] = prompt.length();
    }

    private void checkAppend(int sequence, int token) {
        if (lengths[sequence] < 0) {
            throw new IllegalArgumentException("Sequence " + sequence + " has no prompt: start it first");
        }
        if (lengths[sequence] >= plan.contextLength()) {
            throw new CapacityException(
                    "The context of " + plan.contextLength() + " tokens is full: use a longer one (-c)");
        }
        checkToken(token);
        lengths[sequence]++;
    }

    private void checkToken(int token) {
        if (token < 0 || token >= vocabularySize) {
            throw new IllegalArgumentException(
                    "There is no token " + token + ": the vocabulary has " + vocabularySize + ", numbered from 0");
        }
    }

    /** Return how many tokens of the batch checked last must go into the last call. */
    int lastCall() {
        return lastCall;
    }
}
