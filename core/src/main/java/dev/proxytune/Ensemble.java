package dev.proxytune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Future;

/**
 * Let the members of a proxy-tuned model decode: one after the other, or side by side where they compute on different
 * things and that has been faster. Not thread-safe.
 */
final class Ensemble implements AutoCloseable {
    /*
     * Implementation note. Members that share a resource are in one lane, directly or through others, and never run at
     * the same time. The first lane, the target's, runs in the caller's thread, the others in threads of their own.
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
            together(cancellation);
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

    private void together(Cancellation cancellation) {
        var round = new Round();
        Runnable hook = round::cancel;
        List<Future<?>> started = new ArrayList<>(lanes.size());
        cancellation.add(hook);
        try {
            for (Lane lane : lanes.subList(1, lanes.size())) {
                if (lane.hasWork()) {
                    started.add(lane.start(() -> round.run(lane)));
                }
            }
            round.run(lanes.getFirst());
        } catch (RuntimeException | Error e) {
            round.fail(e);
        } finally {
            started.forEach(Lane::await);
            cancellation.remove(hook);
        }
        round.check();
    }

    /** Let lanes end together: a failure cancels the others. */
    private static final class Round {
        private final Cancellation cancellation = new Cancellation();
        private final List<Throwable> failures = new ArrayList<>(0);

        private void run(Lane lane) {
            try {
                lane.decode(cancellation);
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }

        private void fail(Throwable failure) {
            synchronized (failures) {
                failures.add(failure);
            }
            cancel();
        }

        private void cancel() {
            cancellation.cancel();
        }

        /** Throw what came first, but rather a failure than its consequence. */
        private void check() {
            if (failures.isEmpty()) {
                return;
            }
            List<Throwable> causes = failures.stream()
                    .filter(failure -> !(failure instanceof CancelledException))
                    .distinct()
                    .toList();
            Throwable first = causes.isEmpty() ? failures.getFirst() : causes.getFirst();
            causes.stream().skip(1).forEach(first::addSuppressed);
            if (first instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) first;
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
