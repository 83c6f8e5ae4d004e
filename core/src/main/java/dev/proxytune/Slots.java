package dev.proxytune;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Choose for each answer the sequence that it runs in, so that little of its prompt is computed again. Not thread-safe.
 */
final class Slots {
    /** How many tokens must be saved for a sequence to be copied, or the copy to be waited for. */
    private static final int WORTH_A_COPY = 16;

    private final Slot[] slots;
    private final Optional<Capability.Fork> fork;

    Slots(Decoder decoder) {
        this.slots = new Slot[decoder.sequences()];
        Arrays.setAll(slots, Slot::new);
        this.fork = slots.length > 1 ? decoder.find(Capability.Fork.class) : Optional.empty();
    }

    int count() {
        return slots.length;
    }

    /** Return whether a prompt that is being computed will soon spare much of this one. */
    boolean isWorthWaiting(Job job, List<Slot> active) {
        if (fork.isEmpty() || active.isEmpty() || job.cancellation().isCancelled()) {
            return false;
        }
        int now = fullest(job.prompt()).commonWith(job.prompt());
        return active.stream()
                .filter(Slot::isPrefilling)
                .anyMatch(slot -> slot.soonCommonWith(job.prompt()) >= now + WORTH_A_COPY);
    }

    /** Return the slot that holds most of a prompt. */
    private Slot fullest(Prompt prompt) {
        Slot fullest = slots[0];
        for (Slot slot : slots) {
            if (slot.commonWith(prompt) > fullest.commonWith(prompt)) {
                fullest = slot;
            }
        }
        return fullest;
    }

    /** Choose a free slot for a prompt, and let it hold what another one holds of it. */
    Slot prepare(Prompt prompt) {
        Slot fullest = fullest(prompt);
        int common = fullest.commonWith(prompt);
        // What else it holds would be lost, and may be asked for again.
        if (fullest.isFree() && common > 0 && (fork.isEmpty() || 2 * common >= fullest.fed())) {
            return fullest;
        }
        Slot oldest = Stream.of(slots)
                .filter(Slot::isFree)
                .min(Comparator.comparingLong(Slot::lastUse))
                .orElseThrow();
        if (oldest != fullest && fork.isPresent() && common >= oldest.commonWith(prompt) + WORTH_A_COPY) {
            fork.get().fork(fullest.sequence(), oldest.sequence());
        }
        return oldest;
    }
}
