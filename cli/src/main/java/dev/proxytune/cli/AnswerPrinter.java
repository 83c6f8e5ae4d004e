package dev.proxytune.cli;

import dev.proxytune.GenerationEvent;
import java.util.function.Consumer;

/** Show an answer while it grows. */
interface AnswerPrinter extends Consumer<GenerationEvent> {

    /** Print what comes before the answer. */
    default void begin(String prompt) {}

    /** Print what comes after the answer. */
    default void end(GenerationResult result) {}
}
