package dev.proxytune;

/** Tell why an answer ended. */
public enum FinishReason {
    /** The model chose an end-of-generation token, or a stop string appeared. */
    STOP,
    /** The answer reached the wanted number of tokens, or the context is full. */
    LENGTH,
    /** The {@link Cancellation} was cancelled. */
    CANCELLED
}
