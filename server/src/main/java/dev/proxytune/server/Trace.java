package dev.proxytune.server;

import dev.proxytune.Completion;
import dev.proxytune.openai.AnswerRequest;
import java.util.Optional;

/** Follows one request from its first line to its end. Thread-safe; never gets to see texts. */
interface Trace {

    /** The trace of the request that the current thread works on. */
    ScopedValue<Trace> CURRENT = ScopedValue.newInstance();

    /** Follows nothing. */
    Trace NONE = new Trace() {};

    /** Return the trace of the request that this thread works on. */
    static Trace current() {
        return CURRENT.orElse(NONE);
    }

    /**
     * Note what is asked for.
     *
     * @param model the name that clients use
     * @param alpha the weight of the first pair, if there is one
     */
    default void ask(String model, AnswerRequest request, Optional<Float> alpha) {}

    /** Expect the ends of so many more answers, or of fewer if they could not be begun. */
    default void expect(int answers) {}

    /** Note that an answer is there. */
    default void answer(int choice, Times times, Completion completion) {}

    /** Note that there will be no more of an answer. */
    default void fail(Throwable cause) {}

    /** Note what became of the request. */
    default void end(int status) {}

    /**
     * Hold when the stages of an answer began, in nanoseconds of {@link System#nanoTime()}.
     *
     * @param submitted when it was asked for
     * @param first when its first token was there, the end if there was none
     * @param ended when it was complete
     */
    record Times(long submitted, long first, long ended) {}
}
