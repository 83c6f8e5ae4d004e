package dev.proxytune.cli;

import dev.proxytune.hub.PullListener;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Show on standard error how a download goes: a bar on a terminal, else a line now and then. */
final class PullProgressPrinter implements PullListener {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(15);
    private static final String CLEAR = "\r\033[K";

    private final Console console;
    private final boolean withBar;
    private final LongSupplier clock;
    private String file = "";
    private long bytes;
    private long first;
    private long began;
    private long last;
    private boolean started;
    private boolean drawn;
    private boolean unhashed;

    PullProgressPrinter(Console console, boolean withBar) {
        this(console, withBar, System::nanoTime);
    }

    /** Create a printer that takes the time in nanoseconds from elsewhere. */
    PullProgressPrinter(Console console, boolean withBar, LongSupplier clock) {
        this.console = console;
        this.withBar = withBar;
        this.clock = clock;
    }

    @Override
    public void onStart(String name, long size, long there) {
        file = name;
        bytes = size;
        first = there;
        began = clock.getAsLong();
        last = began;
        started = true;
        say("fetching " + name + ", " + Sizes.bytes(size)
                + (there == 0 ? "" : ", of which " + Sizes.bytes(there) + " are here"));
    }

    @Override
    public void onProgress(long done) {
        long now = clock.getAsLong();
        Duration pause = withBar ? REDRAW : BETWEEN_LINES;
        if (now - last < pause.toNanos()) {
            return;
        }
        last = now;
        String text = text(done, now);
        if (withBar) {
            console.err().print(CLEAR + ProgressBar.line(done, bytes, text));
            console.err().flush();
            drawn = true;
        } else {
            console.say(file + ": " + text);
        }
    }

    @Override
    public void onEnd(String name, long size) {
        if (!started) {
            say(name + " is here");
            return;
        }
        started = false;
        double seconds = (clock.getAsLong() - began) / 1e9;
        String speed = size > first && seconds > 0
                ? String.format(Locale.ROOT, " at %s/s", Sizes.bytes((long) ((size - first) / seconds)))
                : "";
        say(name + ": " + Sizes.bytes(size) + speed
                + (unhashed ? ", only the size checked: no hash is known" : ", checked"));
        unhashed = false;
    }

    @Override
    public void onUnhashed(String name) {
        unhashed = true;
    }

    @Override
    public void onNotice(String line) {
        say(line);
    }

    private void say(String line) {
        if (drawn) {
            console.err().print(CLEAR);
            drawn = false;
        }
        console.say(line.replaceAll("\\p{Cntrl}", "?"));
    }

    /** Leave a bar that is drawn where it is, so that whatever is printed next begins a line. */
    void end() {
        if (drawn) {
            console.err().println();
            drawn = false;
        }
    }

    private String text(long done, long now) {
        double seconds = (now - began) / 1e9;
        long speed = seconds > 0 ? (long) ((done - first) / seconds) : 0;
        String left = speed > 0
                ? ", " + TrainingProgressPrinter.time(Duration.ofSeconds((bytes - done) / speed)) + " left"
                : "";
        return String.format(
                Locale.ROOT,
                "%3.0f %% of %s, %s/s%s",
                bytes == 0 ? 100.0 : 100.0 * done / bytes,
                Sizes.bytes(bytes),
                Sizes.bytes(Math.max(0, speed)),
                left);
    }
}
