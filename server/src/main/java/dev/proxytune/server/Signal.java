package dev.proxytune.server;

import dev.proxytune.Completion;
import dev.proxytune.GenerationEvent;

/** Tell a connection what has become of one of its answers. */
sealed interface Signal {

    /** Return the number of the answer among those of the request. */
    int choice();

    /** Report what the generation says. */
    record Progress(int choice, GenerationEvent event) implements Signal {}

    /** Report that all of the answer is there. */
    record Done(int choice, Completion completion) implements Signal {}

    /** Report that there will be no more of the answer. */
    record Failed(int choice, Throwable cause) implements Signal {}
}
