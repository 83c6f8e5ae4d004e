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
    private boolean guessing;
    private int proposalStart;
    private int proposals;
    private final HitRates rates = new HitRates();
    private final HitRates agreements = new HitRates();
    private final Draft draft = new Draft(rates);
    private final PromptLookup lookup = new PromptLookup();

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
        guessing = true;
        draft.clear();
        lookup.clear();
        promptLength = next.prompt().length();
        tokens = Arrays.copyOf(next.prompt().tokens(), promptLength + 64);
        length = promptLength;
        fed = 0;
    }

    /** Return how often guesses are right. */
    HitRates rates() {
        return rates;
    }

    /** Return how often the expert guesses what was looked up. */
    HitRates agreements() {
        return agreements;
    }

    Draft draft() {
        return draft;
    }

    /** Return whether only the token drawn last is missing from the sequence, so that guesses can follow it. */
    boolean isSteady() {
        return !isFree() && !alone && length > promptLength && fed == length - 1;
    }

    /** Let the rest of the answer go without guesses, since something went wrong with them. */
    void stopGuessing() {
        guessing = false;
        draft.clear();
    }

    /** Return how many tokens can be guessed for the next step. */
    int guessRoom(Decoder decoder) {
        if (!guessing || !isSteady() || job().cancellation().isCancelled()) {
            return 0;
        }
        // The token drawn last takes a place, and a row comes after each token.
        return Math.min(job().answer().left(), decoder.remaining(sequence)) - 1;
    }

    /** Return the last token to be decoded next: of the draft, or else the one drawn last. */
    int lastToken() {
        return draft.size() > 0 ? draft.token(draft.size() - 1) : tokens[length - 1];
    }

    /**
     * Look up what followed the last tokens, those of the draft included, where they stood before.
     *
     * @param most how many tokens to look up
     * @return how many were found: none, or as many as that
     */
    int lookUp(int most) {
        int end = length + draft.size();
        if (tokens.length < end + most) {
            tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, end + most));
        }
        for (int i = 0; i < draft.size(); i++) {
            tokens[length + i] = draft.token(i);
        }
        int place = lookup.find(tokens, length, end);
        proposalStart = end;
        proposals = place < 0 ? 0 : most;
        for (int i = 0; i < proposals; i++) {
            // A text that repeats itself leads on into what was looked up.
            tokens[end + i] = tokens[place + i];
        }
        return proposals;
    }

    /** Return how many tokens were looked up last. */
    int proposals() {
        return proposals;
    }

    /** Return a token that was looked up. */
    int proposal(int index) {
        return tokens[proposalStart + index];
    }

    /** Return the kind of a token that was looked up. */
    int proposalKind(int index) {
        return HitRates.ofMatch(lookup.matched() + index);
    }

    /**
     * Add what is to be computed next.
     *
     * <p>Unless the prompt is cut short, this wants the row from which the answer's next token is drawn, and one more
     * for each token of the draft.
     *
     * @param most how many tokens of the prompt may be computed
     */
    void addTo(Batch batch, int most) {
        Prompt prompt = job().prompt();
        Steering steering = job().request().steering();
        if (promptLength - fed > most) {
            fed += most;
            // A row of a proxy-tuned model needs the other roles' prompts too; until one is wanted, they wait.
            batch.start(sequence, Prompt.of(Arrays.copyOf(tokens, fed)), steering, false);
            return;
        }
        if (fed < promptLength) {
            fed = promptLength;
            batch.start(sequence, prompt, steering, fed == length);
        }
        while (fed < length) {
            int token = tokens[fed++];
            batch.append(sequence, token, fed == length);
        }
        for (int i = 0; i < draft.size(); i++) {
            batch.append(sequence, draft.token(i), true);
        }
    }

    /**
     * Draw the answer's next tokens from the rows that were asked for: one, and another as long as what was drawn is
     * what the draft says.
     *
     * @param firstRow the number of the first of the rows
     * @return how many tokens of the draft were right
     */
    int take(Decoder decoder, int firstRow) {
        if (length == promptLength) {
            job().endPrompt();
        }
        int room = decoder.remaining(sequence) + draft.size();
        int hits = 0;
        boolean again = true;
        try {
            while (again) {
                int token = take(decoder.row(firstRow + hits), room - hits);
                again = hits < draft.size() && token == draft.token(hits) && canGoOn();
                if (again) {
                    hits++;
                    fed++;
                } else {
                    draft.learn(hits, token);
                }
            }
        } finally {
            cutBack(decoder, hits);
        }
        return hits;
    }

    private boolean canGoOn() {
        return !job().isFinished() && !job().cancellation().isCancelled();
    }

    private int take(Row row, int room) {
        Answer answer = job().answer();
        int token = answer.next(row);
        if (!answer.isFinished() && room == 0) {
            answer.finish(FinishReason.LENGTH);
        }
        if (!answer.isFinished()) {
            if (length == tokens.length) {
                tokens = Arrays.copyOf(tokens, length * 2);
            }
            tokens[length++] = token;
        }
        return token;
    }

    /** Take from the sequence what of the draft was not drawn. */
    private void cutBack(Decoder decoder, int hits) {
        boolean whole = hits == draft.size();
        draft.clear();
        if (whole) {
            return;
        }
        try {
            decoder.require(Capability.Rewind.class).rewind(sequence, fed - promptLength);
        } catch (RuntimeException e) {
            // The sequence holds nothing then; it is filled again, and the answer goes on.
            lose();
            stopGuessing();
        }
    }

    /** Note that the sequence holds nothing more. */
    void lose() {
        fed = 0;
        draft.clear();
    }

    /** Note the same because a decode failed, which may have been the fault of a guess. */
    void loseAfterFailure() {
        if (draft.size() > 0) {
            guessing = false;
        }
        lose();
        alone = true;
    }

    /** Part with the job; what the sequence holds stays. */
    void free() {
        job = null;
        alone = false;
    }
}
