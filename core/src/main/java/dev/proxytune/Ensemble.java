package dev.proxytune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Let the members of a proxy-tuned model decode: one after the other, or side by side where they compute on different
 * things and that has been faster, or where small ones share the processor. Not thread-safe.
 */
final class Ensemble implements AutoCloseable {
    /*
     * Implementation note. Members that share a resource are in one lane, directly or through others, and never run at
     * the same time, unless each gets its own part of the processor. The first lane, the target's, runs in the caller's thread, the others in threads of their own.
     * Whether that is faster cannot be known from names: a server may turn out to be on this machine. So it is measured,
     * apart for decodes of different numbers of members and tokens, since prompts are work where single tokens are
     * waiting. Rows do not depend on it.
     */
    private final List<Lane> lanes;
    private final Trial[][] trials;
    private volatile OverlapCounts counts = OverlapCounts.NONE;

    /** Create an ensemble, of which the target comes first. */
    Ensemble(List<Lane.Member> members) {
        this.lanes = lanes(members);
        this.trials = new Trial[members.size() + 1][Integer.SIZE];
    }

    private static List<Lane> lanes(List<Lane.Member> members) {
        List<List<Lane.Member>> lanes = new ArrayList<>();
        for (Lane.Member member : members) {
            List<List<Lane.Member>> sharing =
                    lanes.stream().filter(lane -> sharesResource(lane, member)).toList();
            int place = sharing.isEmpty() ? lanes.size() : lanes.indexOf(sharing.getFirst());
            List<Lane.Member> joined = new ArrayList<>();
            sharing.forEach(joined::addAll);
            joined.add(member);
            lanes.removeAll(sharing);
            lanes.add(place, joined);
        }
        return lanes.stream().map(Lane::new).toList();
    }

    private static boolean sharesResource(List<Lane.Member> lane, Lane.Member member) {
        return lane.stream()
                .anyMatch(other -> !Collections.disjoint(
                        other.decoder().resources(), member.decoder().resources()));
    }

    /** Return whether any two members could run side by side. */
    boolean canOverlap() {
        return lanes.size() > 1;
    }

    /** Return whether small models that compute on this processor share it. */
    boolean hasParts() {
        return lanes.stream().anyMatch(Lane::hasParts);
    }

    /** Return how the decodes ran so far; any thread may ask. */
    OverlapCounts counts() {
        return counts;
    }

    /**
     * Decode the batch of each member that is not empty.
     *
     * <p>If this throws, no member is at work any more, and none of their batches counts as decoded.
     *
     * @throws CancelledException if the cancellation came first
     */
    void decode(Cancellation cancellation) {
        int working = 0;
        for (Lane lane : lanes) {
            working += lane.hasWork() ? 1 : 0;
        }
        if (working < 2) {
            inTurn(cancellation);
            return;
        }
        int tokens = tokens();
        Trial trial = trial(tokens);
        boolean together = trial.isTogether();
        long start = System.nanoTime();
        if (together) {
            SideBySide.run(lanes, cancellation);
        } else {
            inTurn(cancellation);
        }
        trial.add(together, (System.nanoTime() - start) / tokens);
        counts = counts.plus(together);
    }

    private void inTurn(Cancellation cancellation) {
        for (Lane lane : lanes) {
            lane.decode(cancellation);
        }
    }

    /** Return how many tokens the members are given, a prompt counted whole. */
    private int tokens() {
        int tokens = 0;
        for (Lane lane : lanes) {
            for (Lane.Member member : lane.members()) {
                Batch batch = member.batch();
                for (int entry = 0; entry < batch.size(); entry++) {
                    tokens += batch.isStart(entry) ? batch.prompt(entry).length() : 1;
                }
            }
        }
        return tokens;
    }

    private Trial trial(int tokens) {
        int working = 0;
        for (Lane lane : lanes) {
            for (Lane.Member member : lane.members()) {
                working += member.batch().size() > 0 ? 1 : 0;
            }
        }
        int magnitude = Integer.SIZE - Integer.numberOfLeadingZeros(tokens) - 1;
        if (trials[working][magnitude] == null) {
            trials[working][magnitude] = new Trial();
        }
        return trials[working][magnitude];
    }

    /** End the threads; the decoders are not closed. */
    @Override
    public void close() {
        lanes.forEach(Lane::close);
    }
}
