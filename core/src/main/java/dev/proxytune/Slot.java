package dev.proxytune;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Run one answer after the other in one sequence of a decoder. Not thread-safe. */
final class Slot {
    private final int sequence;

    /** The target's tokens: the prompt and the answer of the job that runs here, or that ran here last. */
    private int[] tokens = new int[64];

    private int length;
    private int promptLength;

    /** How many of the tokens the sequence holds, or will hold after the decode that is being prepared. */
    private int fed;

    private @Nullable Job job;
    private long lastUse = -1;
    private boolean alone;

    Slot(int sequence) {
        this.sequence = sequence;
    }

    int sequence() {
        return sequence;
    }

    boolean isFree() {
        return job == null;
    }

    Job job() {
        if (job == null) {
            throw new IllegalStateException("The slot is free");
        }
        return job;
    }

    /** Return when the last job began, −1 if none did. */
    long lastUse() {
        return lastUse;
    }

    int fed() {
        return fed;
    }

    boolean isPrefilling() {
        return !isFree() && fed < promptLength;
    }

    /** Return whether this answer must run in a batch of its own, since one that it was part of has failed. */
    boolean isAlone() {
        return alone;
    }

    void setAlone(boolean value) {
        alone = value;
    }

    /** Return how many of a prompt's first tokens the sequence holds. */
    int commonWith(Prompt prompt) {
        return commonWith(prompt, fed);
    }

    /** Return how many of a prompt's first tokens the sequence will hold once its own prompt is computed. */
    int soonCommonWith(Prompt prompt) {
        return commonWith(prompt, Math.max(fed, promptLength));
    }

    private int commonWith(Prompt prompt, int limit) {
        int most = Math.min(limit, prompt.length());
        int common = 0;
        while (common < most && tokens[common] == prompt.token(common)) {
            common++;
        }
        return common;
    }

    void begin(Job next, long use) {
        job = next;
        lastUse = use;
        alone = false;
        promptLength = next.prompt().length();
        tokens = Arrays.copyOf(next.prompt().tokens(), promptLength + 64);
        length = promptLength;
        fed = 0;
    }

    /**
     * Add what is to be computed next.
     *
     * @param most how many tokens of the prompt may be computed
     * @return whether this yields a row from which the answer's next token can be drawn
     */
    boolean addTo(Batch batch, int most) {
        Prompt prompt = job().prompt();
        Steering steering = job().request().steering();
        if (promptLength - fed > most) {
            fed += most;
            // A row of a proxy-tuned model needs the other roles' prompts too; until one is wanted, they wait.
            batch.start(sequence, Prompt.of(Arrays.copyOf(tokens, fed)), steering, false);
            return false;
        }
        if (fed < promptLength) {
            fed = promptLength;
            batch.start(sequence, prompt, steering, fed == length);
        }
        while (fed < length) {
            int token = tokens[fed++];
            batch.append(sequence, token, fed == length);
        }
        return true;
    }

    /** Draw the answer's next token from the row that was asked for. */
    void take(Row row, Decoder decoder) {
        if (length == promptLength) {
            job().endPrompt();
        }
        Answer answer = job().answer();
        int token = answer.next(row);
        if (!answer.isFinished() && decoder.remaining(sequence) == 0) {
            answer.finish(FinishReason.LENGTH);
        }
        if (!answer.isFinished()) {
            if (length == tokens.length) {
                tokens = Arrays.copyOf(tokens, length * 2);
            }
            tokens[length++] = token;
        }
    }

    /** Note that the sequence holds nothing more. */
    void lose() {
        fed = 0;
    }

    /** Part with the job; what the sequence holds stays. */
    void free() {
        job = null;
        alone = false;
    }
}
