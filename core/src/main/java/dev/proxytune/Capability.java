package dev.proxytune;

import java.util.Map;

/** Mark what only some decoders can do; ask with {@link Decoder#find} or {@link Decoder#require}. */
public sealed interface Capability
        permits Capability.Rewind,
                Capability.Fork,
                Capability.Draft,
                Capability.Widen,
                Capability.Overlap,
                Capability.Share {

    /** Take back answer tokens, as checking a draft needs. Models with recurrent state cannot. */
    non-sealed interface Rewind extends Capability {
        /**
         * Cut a sequence back to its prompt and the first {@code length} answer tokens.
         *
         * @param length from 0 to {@link Decoder#length}
         */
        void rewind(int sequence, int length);
    }

    /** Copy one sequence onto another without computing it again, as several answers to one prompt need. */
    non-sealed interface Fork extends Capability {
        /** Make sequence {@code to} a copy of {@code from}: prompt, answer tokens and steering. */
        void fork(int from, int to);
    }

    /**
     * Let a cheap part of the model read tokens before the whole of it does, to guess what comes next.
     *
     * <p>Nothing is computed twice: what the part has read ahead counts when {@link Decoder#decode} gets the same
     * tokens. Until then the sequence's length, and all that is said of it, stay as they are. A decode that appends
     * other tokens, a rewind or a start drop what was read ahead and does not fit.
     */
    non-sealed interface Draft extends Capability {
        /**
         * Return whether the sequence has a part that can read its next tokens ahead, and that part has room for them.
         *
         * @param tokens how many, at least 1
         */
        boolean canDraft(int sequence, int tokens);

        /** Return the number of ids that can be read ahead: those below it. */
        int draftableIds();

        /** Return whether other cheap parts can read along, at the same time. */
        default boolean canReadAlong() {
            return false;
        }

        /**
         * Read tokens ahead, after those that were read ahead before.
         *
         * <p>The rows of the last decode are gone afterwards. If this throws, the sequences of the batch hold nothing
         * that can be relied on and must be started again, as after a failing {@link Decoder#decode}.
         *
         * @param batch appends tokens to sequences that {@link #canDraft} so many, and wants the row after each
         * @param along whether the other cheap parts read the tokens too, which they then need not when all are checked;
         *     it changes nothing where they cannot
         * @throws CancelledException if the cancellation came first
         */
        void draft(Batch batch, boolean along, Cancellation cancellation);

        /**
         * Return what the part says after a token of the last {@link #draft}, in the ids of the whole model; −∞ for
         * those that not all parts know. Valid until the next draft or decode.
         *
         * @param index the number of the token in the batch
         */
        Row draftRow(int index);

        /**
         * Take back the tokens of a sequence that were read ahead last.
         *
         * @param tokens how many, at most as many as were read ahead beyond the answer
         */
        void undraft(int sequence, int tokens);
    }

    /** Learn more of rows that hold only the likeliest tokens ({@link Row#truncation}). */
    non-sealed interface Widen extends Capability {
        /**
         * Learn logits of tokens that rows of the last decode leave out. The rows change in place; what could not be
         * learnt, they still leave out. It may learn of other tokens instead: all that are likelier than some bound.
         *
         * @param ids for each row by its number, the ids to learn about
         * @throws CancelledException if the cancellation came first
         */
        void widen(Map<Integer, int[]> ids, Cancellation cancellation);
    }

    /** Run parts of the model side by side, where they compute on different things and that is faster. */
    non-sealed interface Overlap extends Capability {
        /** Return how decodes ran so far; any thread may ask. */
        OverlapCounts overlaps();
    }

    /**
     * Compute on a part of the processor, so that others can compute on the rest of it at the same time: small models
     * gain little from all of its cores.
     */
    non-sealed interface Share extends Capability {
        /** Return how many threads compute, at least 1. */
        int threads();

        /** Return the size of the weights in bytes, by which to tell how long a decode is. */
        long weightBytes();

        /**
         * Compute on one of some equal parts of the processor from the next decode on, and leave even that to others
         * while there is nothing to compute.
         *
         * @param part which, from 0; who has the same part never decodes at the same time
         * @param parts how many, a divisor of {@link #threads}; 1 for all of the processor
         */
        void share(int part, int parts);
    }
}
