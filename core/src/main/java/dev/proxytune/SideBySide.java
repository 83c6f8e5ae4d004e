package dev.proxytune;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

/** Run lanes at the same time. Not thread-safe. */
final class SideBySide {
    private final Cancellation cancellation = new Cancellation();
    private final List<Throwable> failures = new ArrayList<>(0);

    private SideBySide() {}

    /**
     * Let all lanes that have work decode, the first one in this thread. If this throws, none is at work any more.
     *
     * @throws CancelledException if the cancellation came first
     */
    static void run(List<Lane> lanes, Cancellation cancellation) {
        var round = new SideBySide();
        Runnable hook = round.cancellation::cancel;
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

    private void run(Lane lane) {
        try {
            lane.decode(cancellation);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Remember a failure, which cancels the others. */
    private void fail(Throwable failure) {
        synchronized (failures) {
            failures.add(failure);
        }
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
