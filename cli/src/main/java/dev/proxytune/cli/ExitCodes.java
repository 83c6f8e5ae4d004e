package dev.proxytune.cli;

/** Name what the process tells its caller at the end. */
final class ExitCodes {
    static final int OK = 0;
    /** The options were right, and still it failed. */
    static final int FAILURE = 1;
    /** Options that are unknown, missing, or cannot be. */
    static final int USAGE = 2;
    /** Ended by Ctrl-C: 128 and the number of the signal, as shells have it. */
    static final int INTERRUPTED = 130;

    private ExitCodes() {}
}
