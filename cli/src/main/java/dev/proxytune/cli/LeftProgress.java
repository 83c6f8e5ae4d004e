package dev.proxytune.cli;

import java.util.function.IntConsumer;

/** Tell now and then how many rows are left. */
final class LeftProgress implements IntConsumer {
    /** Between two lines. */
    static final long SECONDS = 10;

    private final Console console;
    private final String doing;
    private final long nanos;
    private long last = System.nanoTime();

    LeftProgress(Console console, String doing, long seconds) {
        this.console = console;
        this.doing = doing;
        this.nanos = seconds * 1_000_000_000;
    }

    @Override
    public void accept(int left) {
        long now = System.nanoTime();
        if (left > 0 && now - last >= nanos) {
            last = now;
            console.say(doing + ": " + left + " left");
        }
    }
}
