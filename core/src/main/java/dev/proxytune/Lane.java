package dev.proxytune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Run decoders that compute on the same thing, in a thread of their own if need be: one after the other, but small ones
 * that all have work at the same time, each on its part of the processor ({@link Parts}). Not thread-safe.
 */
final class Lane implements AutoCloseable {

    /**
     * Hold a decoder, and what its next decode computes.
     *
     * @param batch nothing if it is empty
     * @param isSmall whether it may share the processor with others like it
     */
    record Member(Decoder decoder, Batch batch, boolean isSmall, Optional<Capability.Share> share) {

        static Member of(Decoder decoder, Batch batch, boolean isSmall) {
            return new Member(decoder, batch, isSmall, decoder.find(Capability.Share.class));
        }
    }

    private final List<Member> members;
    private final List<Member> others;
    private final List<Lane> parts;
    private final int part;
    private final int partCount;

    /** Native decodes hold their thread, so it is no virtual one; it starts with the first decode that wants it. */
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("proxytune-side-by-side").factory());

    Lane(List<Member> members) {
        List<List<Member>> divided = Parts.of(members);
        this.members = List.copyOf(members);
        this.parts = new ArrayList<>();
        for (List<Member> mine : divided) {
            parts.add(new Lane(mine, parts.size(), divided.size()));
        }
        this.others = members.stream()
                .filter(member -> divided.stream().noneMatch(mine -> mine.contains(member)))
                .toList();
        this.part = 0;
        this.partCount = divided.isEmpty() ? 0 : 1;
    }

    private Lane(List<Member> members, int part, int partCount) {
        this.members = members;
        this.others = members;
        this.parts = List.of();
        this.part = part;
        this.partCount = partCount;
    }

    List<Member> members() {
        return members;
    }

    /** Return whether some members decode at the same time if all of these have work. */
    boolean hasParts() {
        return !parts.isEmpty();
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
        boolean divided = hasParts();
        for (int i = 0; i < parts.size() && divided; i++) {
            divided = parts.get(i).hasWork();
        }
        for (Member member : divided ? others : members) {
            if (member.batch().size() > 0) {
                if (partCount > 0 && member.share().isPresent()) {
                    member.share().get().share(part, partCount);
                }
                member.decoder().decode(member.batch(), cancellation);
            }
        }
        if (divided) {
            SideBySide.run(parts, cancellation);
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

    /** End the threads; the decoders are not closed. */
    @Override
    public void close() {
        parts.forEach(Lane::close);
        thread.close();
    }
}
