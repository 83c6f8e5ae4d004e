package dev.proxytune;

import java.util.Optional;
import java.util.Set;

/**
 * Run a fixed number of sequences over one KV cache.
 *
 * <p>A sequence is a {@link Prompt}, which may differ by role, and the answer tokens appended to it, which are the same
 * for all roles. {@link #decode} takes tokens of any number of sequences at once and yields the rows it was asked for.
 *
 * <p>A decoder has one owner thread at a time: it may move between threads, but two threads inside it at once get an
 * {@link IllegalStateException}. {@link #close} may be called from any thread and waits for the decode under way.
 */
public interface Decoder extends AutoCloseable {
    /** Name this machine's processor among the {@link #resources}. */
    String CPU = "cpu";

    /** Return the number of sequences; they are numbered from 0. */
    int sequences();

    /** Return how many tokens one sequence can hold in each role, prompt and answer together. */
    int contextLength();

    /** Return the most rows that one decode may be asked for. */
    int maxRows();

    /**
     * Return what this decoder computes on. The names say nothing but which decoders compute on the same: those that
     * have none in common may be run at the same time, if that turns out to be faster.
     */
    default Set<String> resources() {
        return Set.of(CPU);
    }

    /**
     * Put the tokens of a batch into the KV cache and compute the rows it wants.
     *
     * <p>Where the start of a prompt is in the sequence's cache already, it is not computed again. If this throws, the
     * sequences of the batch hold nothing that can be relied on and must be started again; the others are untouched.
     *
     * @throws CapacityException if a sequence would outgrow the context, or more rows are wanted than {@link #maxRows}
     * @throws CancelledException if the cancellation came first
     * @throws IllegalArgumentException if a token id or a sequence number is out of range
     */
    void decode(Batch batch, Cancellation cancellation);

    /** Decode a batch that nobody cancels. */
    default void decode(Batch batch) {
        decode(batch, new Cancellation());
    }

    /**
     * Return a row of the last decode, numbered from 0 in the order in which the batch wanted them.
     *
     * <p>The row is valid until the next decode and must not be used afterwards.
     */
    Row row(int index);

    /** Return how many answer tokens the sequence holds after its prompt. */
    int length(int sequence);

    /** Return how many more answer tokens fit into the sequence, in the role that has the least room. */
    int remaining(int sequence);

    /**
     * Return what this decoder can do beyond decoding, or nothing if it cannot.
     *
     * @param capability one of the interfaces that {@link Capability} permits
     */
    <C extends Capability> Optional<C> find(Class<C> capability);

    /**
     * Return what this decoder can do beyond decoding.
     *
     * @throws UnsupportedCapabilityException if it cannot
     */
    default <C extends Capability> C require(Class<C> capability) {
        return find(capability)
                .orElseThrow(() -> new UnsupportedCapabilityException(
                        "This model cannot do what was asked: it lacks the capability " + capability.getSimpleName()));
    }

    /** Free the KV cache. Closing twice is allowed; all other methods then throw {@link IllegalStateException}. */
    @Override
    void close();
}
