package dev.proxytune.cli;

/** Tell what came of waiting for what a user has to say. */
sealed interface ChatLine {

    /** A line, without its end. */
    record Text(String text) implements ChatLine {}

    /** A text that was marked as one, whatever it begins with. */
    record Block(String text) implements ChatLine {}

    /** There are no more lines. */
    record End() implements ChatLine {}

    /** Ctrl-C was pressed instead. */
    record Interrupted() implements ChatLine {}
}
