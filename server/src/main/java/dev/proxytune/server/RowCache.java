package dev.proxytune.server;

import dev.proxytune.Batch;
import dev.proxytune.Capability;
import dev.proxytune.Decoder;
import dev.proxytune.Prompt;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Knows what the sequences of a decoder hold, and chooses for each request the one that spares it most. One thread at a
 * time.
 *
 * <p>What one key's requests left behind is of no use to another's: how fast an answer comes would tell what others asked.
 */
final class RowCache {
    /** How many tokens must be saved for a sequence to be copied. */
    private static final int WORTH_A_COPY = 16;

    private final Decoder decoder;
    private final Place[] places;
    private final Optional<Capability.Fork> fork;
    private long uses;

    RowCache(Decoder decoder) {
        this.decoder = decoder;
        this.places = new Place[decoder.sequences()];
        Arrays.setAll(places, Place::new);
        this.fork = places.length > 1 ? decoder.find(Capability.Fork.class) : Optional.empty();
    }

    /** One sequence, with what it holds. */
    static final class Place {
        final int sequence;
        private int[] held = new int[0];
        private int key = -1;
        private long lastUse = -1;
        private @Nullable RowJob job;

        private Place(int sequence) {
            this.sequence = sequence;
        }

        /** Return how many of the first tokens of its job it holds. */
        int common() {
            return job == null ? 0 : commonWith(job.tokens);
        }

        private int commonWith(int[] tokens) {
            int place = Arrays.mismatch(held, tokens);
            return place < 0 ? held.length : place;
        }

        /** Note what it holds after a decode. */
        void hold(int[] tokens, int count) {
            held = count == tokens.length ? tokens : Arrays.copyOf(tokens, count);
        }

        /** Note that it holds nothing that can be relied on. */
        void lose() {
            held = new int[0];
        }

        void leave() {
            job = null;
        }
    }

    boolean hasPlace() {
        return Stream.of(places).anyMatch(place -> place.job == null);
    }

    /** Give a job a sequence; there must be a free one. */
    Place take(RowJob job) {
        Place place = choose(job);
        if (place.key != job.key && place.commonWith(job.tokens) > 1) {
            // The decoder would find what somebody else left there.
            decoder.decode(new Batch().start(place.sequence, Prompt.of(job.tokens[0]), job.steering, false));
            place.held = new int[0];
        }
        place.key = job.key;
        place.job = job;
        place.lastUse = uses++;
        return place;
    }

    private Place choose(RowJob job) {
        Optional<Place> fullest = Stream.of(places)
                .filter(place -> place.key == job.key)
                .max(Comparator.comparingInt(place -> place.commonWith(job.tokens)));
        int common = fullest.map(place -> place.commonWith(job.tokens)).orElse(0);
        // What else it holds would be lost, and may be asked for again.
        Optional<Place> own = fullest.filter(
                place -> place.job == null && common > 0 && (fork.isEmpty() || 2 * common >= place.held.length));
        if (own.isPresent()) {
            return own.get();
        }
        Place oldest = Stream.of(places)
                .filter(place -> place.job == null)
                .min(Comparator.comparingLong(place -> place.lastUse))
                .orElseThrow();
        if (common >= WORTH_A_COPY && fork.isPresent() && fullest.get() != oldest) {
            fork.get().fork(fullest.get().sequence, oldest.sequence);
            oldest.held = fullest.get().held;
            oldest.key = job.key;
        }
        return oldest;
    }
}
