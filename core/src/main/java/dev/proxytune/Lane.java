package dev.proxytune;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Run decoders that compute on the same thing one after the other, in a thread of their own if need be. Not thread-safe.
 */
final class Lane implements AutoCloseable {

    /**
     * Hold a decoder, and what its next decode computes.
     *
     * @param batch nothing if it is empty
     */
    record Member(Decoder decoder, Batch batch) {}

    private final List<Member> members;

    /** Native decodes hold their thread, so it is no virtual one; it starts with the first decode that wants it. */
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("proxytune-side-by-side").factory());

    Lane(List<Member> members) {
        this.members = List.copyOf(members);
    }

    List<Member> members() {
        return members;
    }

    boolean hasWork() {
        for (Member member : members) {
            if (member.batch().size() > 0) {
                return true;
            }
        }
        return false;
    }

    /** Decode what there is to decode, in this thread. */
    void decode(Cancellation cancellation) {
        for (Member member : members) {
            if (member.batch().size() > 0) {
                member.decoder().decode(member.batch(), cancellation);
            }
        }
    }

    /** Run something in this lane's thread. */
    Future<?> start(Runnable work) {
        return thread.submit(work);
    }

    /** Wait for what was started, whoever interrupts: what it computes on must be at rest. */
    static void await(Future<?> started) {
        boolean interrupted = false;
        while (!started.isDone()) {
            try {
                started.get();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** End the thread; the decoders are not closed. */
    @Override
    public void close() {
        thread.close();
    }
}
