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
     *
     * Where the text seems to repeat itself, the expert reads several of the tokens that were looked up in one decode
     * and not in as many. Those that it would have guessed itself are guesses as if it had read them one by one; where
     * it would go another way the rest is taken back from it, and its own guess stands.
     */
    private final Decoder decoder;
    private final Optional<Capability.Draft> expert;
    private final boolean able;
    private final Pace reading;
    private final Pace lookingUp;
    private final Optional<Company> company;
    private Pace pace;
    private final Batch batch = new Batch();
    private final List<Slot> guessing = new ArrayList<>();
    private final Cancellation never = new Cancellation();
    private int answers;
    private long drafted;
    private boolean expertReads;
    private boolean along;
    private int rows;
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
        // A fixed number of guesses computes the same each time, so nothing is chosen by time.
        boolean chooses = expert.map(Capability.Draft::canReadAlong).orElse(false) && !speculation.isFixed();
        this.company = chooses ? Optional.of(new Company(decoder.maxRows())) : Optional.empty();
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
        expertReads = expert.isPresent()
                && active.stream().anyMatch(slot -> expert.get().canDraft(slot.sequence(), 1));
        pace = expertReads ? reading : lookingUp;
        answers = active.stream().allMatch(Slot::isSteady) ? active.size() : 0;
        int most = Math.min(pace.begin(active.size()), decoder.maxRows() / active.size() - 1);
        for (Slot slot : active) {
            slot.draft().clear();
            slot.draft().setMost(Math.min(most, slot.guessRoom(decoder)));
            if (slot.draft().most() > 0 && (!expertReads || expert.get().canDraft(slot.sequence(), 1))) {
                guessing.add(slot);
            }
        }
        if (most > 0 && guessing.size() < active.size()) {
            // A step of which only a part is guessed says little of what one costs.
            answers = 0;
        }
        rows = active.size();
        if (expertReads) {
            along = company.map(Company::begin).orElse(false);
            guess(expert.get());
        } else {
            guessing.forEach(this::lookUp);
        }
        drafted = System.nanoTime();
    }

    /** Make what was looked up the guesses for an answer. */
    private void lookUp(Slot slot) {
        Draft draft = slot.draft();
        int found = slot.lookUp(draft.most());
        for (int i = 0; i < found; i++) {
            draft.guess(slot.proposal(i), slot.proposalKind(i));
            if (!pace.keeps(rows, draft.chance(), slot.rates().average())) {
                return;
            }
            extend(slot);
        }
    }

    private void extend(Slot slot) {
        slot.draft().extend();
        rows++;
        made++;
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
            long nanos = System.nanoTime() - drafted;
            boolean trying = isTrying();
            if (expertReads) {
                company.ifPresent(choice -> choice.checked(rows, nanos));
            }
            if (!trying) {
                pace.checked(answers, rows, tokens, nanos);
            }
        }
    }

    /** Return whether this step is made in the dearer way, of which the pace must not learn. */
    private boolean isTrying() {
        return expertReads && company.map(Company::isTrying).orElse(false);
    }

    private void guess(Capability.Draft reader) {
        while (!guessing.isEmpty() && readAhead(reader)) {
            guessing.removeIf(slot -> slot.draft().isFull() || !slot.draft().hasGuess());
            double chance = 0;
            double average = 0;
            for (Slot slot : guessing) {
                chance += slot.draft().chance();
                average += slot.rates().average() / guessing.size();
            }
            if (guessing.isEmpty() || !pace.goesOn(guessing.size(), rows, chance, average)) {
                return;
            }
            guessing.forEach(this::extend);
            guessing.removeIf(slot -> !reader.canDraft(slot.sequence(), 1));
        }
    }

    /**
     * Let the expert read the last token of each answer, and what was looked up as far as that pays, and make guesses
     * from its rows.
     */
    private boolean readAhead(Capability.Draft reader) {
        long start = System.nanoTime();
        batch.clear();
        guessing.forEach(slot -> appendTo(batch, slot, reader));
        try {
            reader.draft(
                    batch,
                    along,
                    guessing.size() == 1 ? guessing.getFirst().job().cancellation() : never);
            int row = 0;
            for (Slot slot : guessing) {
                row = guess(slot, reader, row);
            }
        } catch (RuntimeException e) {
            // The step goes on without guesses; whatever is wrong with the answer itself, it will find.
            guessing.forEach(Slot::lose);
            guessing.forEach(Slot::stopGuessing);
            answers = 0;
            return false;
        }
        long nanos = System.nanoTime() - start;
        company.ifPresent(choice -> choice.read(batch.rows(), nanos));
        if (!isTrying()) {
            pace.drafted(batch.rows(), nanos);
        }
        return true;
    }

    private void appendTo(Batch batch, Slot slot, Capability.Draft reader) {
        int sequence = slot.sequence();
        batch.append(sequence, slot.lastToken(), true);
        int found = slot.lookUp(slot.draft().most() - slot.draft().size());
        double chance = 1;
        for (int i = 0; i < found; i++) {
            chance *= slot.agreements().rate(slot.proposalKind(i));
            // It is read for nothing, too, if the draft ends before it.
            double reached = chance * Math.pow(slot.rates().average(), i);
            if (slot.proposal(i) >= reader.draftableIds()
                    || !pace.readsOn(guessing.size(), batch.rows(), reached)
                    || !reader.canDraft(sequence, i + 2)) {
                return;
            }
            batch.append(sequence, slot.proposal(i), true);
        }
    }

    /**
     * Make guesses from an answer's rows of a batch as long as they are what was looked up.
     *
     * @param first the number of its first row
     * @return the number of the row after its last
     */
    private int guess(Slot slot, Capability.Draft reader, int first) {
        Draft draft = slot.draft();
        int row = first;
        guess(slot, reader.draftRow(row++));
        boolean agrees = agrees(slot, 0);
        while (agrees && isOf(slot, row)) {
            agrees = pace.keeps(rows, draft.chance(), slot.rates().average());
            if (agrees) {
                extend(slot);
                guess(slot, reader.draftRow(row++));
                agrees = agrees(slot, row - first - 1);
            } else {
                draft.close();
            }
        }
        int end = row;
        while (isOf(slot, end)) {
            end++;
        }
        if (end > row) {
            reader.undraft(slot.sequence(), end - row);
        }
        return end;
    }

    private boolean isOf(Slot slot, int entry) {
        return entry < batch.size() && batch.sequence(entry) == slot.sequence();
    }

    /** Return whether the last guess is the token that was looked up, and learn how often it is. */
    private static boolean agrees(Slot slot, int index) {
        if (slot.draft().isFull() || index >= slot.proposals()) {
            return false;
        }
        boolean same = slot.draft().guess() == slot.proposal(index);
        slot.agreements().add(slot.proposalKind(index), same);
        return same;
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
