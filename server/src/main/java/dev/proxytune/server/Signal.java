package dev.proxytune.server;

import dev.proxytune.Completion;
import dev.proxytune.GenerationEvent;

/** Tell a connection what has become of one of its answers, or of its client. */
sealed interface Signal {

    /** Report what the generation says. */
    record Progress(int choice, GenerationEvent event) implements Signal {}

    /** Report that all of the answer is there. */
    record Done(int choice, Completion completion) implements Signal {}

    /** Report that the client will say no more, and may have gone. */
    record Doubt() implements Signal {}

    /** Report that the client has gone: nobody is left who could be told how the answers end. */
    record Gone() implements Signal {}

    /** Report that there will be no more of the answer. */
    record Failed(int choice, Throwable cause) implements Signal {}
}
