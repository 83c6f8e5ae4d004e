package dev.proxytune;

/** Mark what only some decoders can do; ask with {@link Decoder#find} or {@link Decoder#require}. */
public sealed interface Capability permits Capability.Rewind, Capability.Fork {

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
}
