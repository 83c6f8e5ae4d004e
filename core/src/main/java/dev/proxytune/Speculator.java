package dev.proxytune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Guess for each running answer what comes next, before a step checks the guesses in one decode (Leviathan et al. 2023,
 * arXiv 2211.17192; for sums of models Mitchell et al. 2024, arXiv 2310.12962).
 *
 * <p>A guess is what would be drawn from the expert's row alone, with the random numbers that the real draw will take. A
 * model without an expert that has a weight guesses by prompt look-up: what followed the last tokens when they stood in
 * the text before. Not thread-safe.
 */
final class Speculator {
    /*
     * Implementation note. All answers go the same way at once: a round lets the expert read the last token of each,
     * and asks for a guess after it. Then the pace says whether these guesses join the drafts and the next round reads
     * them, or are let go. So the expert has read each token that the step checks, and computes nothing that a step
     * without guesses would not compute as well, but for guesses that turn out wrong.
     */
    private final Decoder decoder;
    private final Optional<Capability.Draft> expert;
    private final boolean able;
    private final Pace reading;
    private final Pace lookingUp;
    private Pace pace;
    private final Batch batch = new Batch();
    private final List<Slot> guessing = new ArrayList<>();
    private final Cancellation never = new Cancellation();
    private int answers;
    private long drafted;
    private int made;
    private volatile GuessCounts counts = GuessCounts.NONE;

    Speculator(Decoder decoder, Speculation speculation) {
        this.decoder = decoder;
        this.able =
                !speculation.isOff() && decoder.find(Capability.Rewind.class).isPresent();
        this.expert = able ? decoder.find(Capability.Draft.class) : Optional.empty();
        this.reading = pace(speculation);
        this.lookingUp = pace(speculation);
        this.pace = reading;
    }

    private Pace pace(Speculation speculation) {
        return speculation.isFixed()
                ? new FixedPace(speculation.most())
                : new MeasuredPace(speculation.most(), decoder.sequences(), decoder.maxRows());
    }

    /** Guess what the next step may check for the answers that run. */
    void guess(List<Slot> active) {
        guessing.clear();
        answers = 0;
        made = 0;
        if (!able || active.isEmpty() || active.stream().anyMatch(Slot::isAlone)) {
            return;
        }
        boolean expertReads = expert.isPresent()
                && active.stream().anyMatch(slot -> expert.get().canDraft(slot.sequence()));
        pace = expertReads ? reading : lookingUp;
        answers = active.stream().allMatch(Slot::isSteady) ? active.size() : 0;
        int most = Math.min(pace.begin(active.size()), decoder.maxRows() / active.size() - 1);
        for (Slot slot : active) {
            slot.draft().clear();
            slot.draft().setMost(Math.min(most, slot.guessRoom(decoder)));
            if (slot.draft().most() > 0 && (!expertReads || expert.get().canDraft(slot.sequence()))) {
                guessing.add(slot);
            }
        }
        if (most > 0 && guessing.size() < active.size()) {
            // A step of which only a part is guessed says little of what one costs.
            answers = 0;
        }
        if (expertReads) {
            guess(expert.get(), active.size());
        } else {
            lookUp(active.size());
        }
        drafted = System.nanoTime();
    }

    private void lookUp(int rows) {
        int total = rows;
        for (Slot slot : guessing) {
            slot.lookUp();
            while (slot.draft().hasGuess()
                    && pace.goesOn(1, total, slot.draft().chance(), slot.rates().average())) {
                slot.draft().extend();
                total++;
                slot.lookUp();
            }
        }
        made += total - rows;
    }

    /**
     * Note that a step has been made.
     *
     * @param rows how many rows it had
     * @param tokens how many tokens were drawn
     * @param right how many guesses were right
     */
    void checked(int rows, int tokens, int right) {
        counts = counts.plus(1, tokens, made, right);
        if (answers > 0) {
            pace.checked(answers, rows, tokens, System.nanoTime() - drafted);
        }
    }

    private void guess(Capability.Draft reader, int rows) {
        int total = rows;
        while (!guessing.isEmpty() && readAhead(reader)) {
            guessing.removeIf(slot -> !slot.draft().hasGuess());
            double chance = 0;
            double average = 0;
            for (Slot slot : guessing) {
                chance += slot.draft().chance();
                average += slot.rates().average() / guessing.size();
            }
            if (guessing.isEmpty() || !pace.goesOn(guessing.size(), total, chance, average)) {
                return;
            }
            guessing.forEach(slot -> slot.draft().extend());
            total += guessing.size();
            made += guessing.size();
            guessing.removeIf(slot -> !reader.canDraft(slot.sequence()));
        }
    }

    /** Let the expert read the last token of each answer, and make a guess from each of its rows. */
    private boolean readAhead(Capability.Draft reader) {
        long start = System.nanoTime();
        batch.clear();
        guessing.forEach(slot -> batch.append(slot.sequence(), slot.lastToken(), true));
        try {
            reader.draft(batch, guessing.size() == 1 ? guessing.getFirst().job().cancellation() : never);
            for (int row = 0; row < guessing.size(); row++) {
                guess(guessing.get(row), reader.draftRow(row));
            }
        } catch (RuntimeException e) {
            // The step goes on without guesses; whatever is wrong with the answer itself, it will find.
            guessing.forEach(Slot::lose);
            guessing.forEach(Slot::stopGuessing);
            answers = 0;
            return false;
        }
        pace.drafted(guessing.size(), System.nanoTime() - start);
        return true;
    }

    /** Return what has been counted so far. */
    GuessCounts counts() {
        return counts;
    }

    private static void guess(Slot slot, Row row) {
        if (slot.draft().isFull()) {
            return;
        }
        Answer answer = slot.job().answer();
        int token = answer.guess(row);
        if (token >= 0) {
            slot.draft().guess(token, HitRates.ofExpert(answer.confidence()));
        }
    }
}
