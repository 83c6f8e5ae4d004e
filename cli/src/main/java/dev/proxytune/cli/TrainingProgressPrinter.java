package dev.proxytune.cli;

import dev.proxytune.tune.TrainingListener;
import dev.proxytune.tune.TrainingProgress;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Show where a training run is on standard error: a bar on a terminal, else a line now and then.
 *
 * <p>A step after which the validation loss was measured gets a line of its own in either case, as has the last. The bar
 * fits 80 columns, as one that is broken in two could not be drawn over.
 */
final class TrainingProgressPrinter implements TrainingListener {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);
    private static final String CLEAR = "\r\033[K";

    private final Console console;
    private final LongSupplier clock;
    private final boolean onTerminal;
    private boolean shown;
    private long last;
    private boolean drawn;

    TrainingProgressPrinter(Console console) {
        this(console, System::nanoTime);
    }

    /** Create a printer that takes the time in nanoseconds from elsewhere. */
    TrainingProgressPrinter(Console console, LongSupplier clock) {
        this.console = console;
        this.clock = clock;
        onTerminal = console.terminals().err();
    }

    @Override
    public void onNotice(String line) {
        end();
        console.say(line);
    }

    @Override
    public void onResume(int done, int steps) {
        onNotice("resuming after step " + done + " of " + steps);
    }

    @Override
    public void onStep(TrainingProgress progress) {
        boolean important =
                progress.done() == progress.steps() || progress.validationLoss().isPresent();
        long now = clock.getAsLong();
        Duration pause = onTerminal ? REDRAW : BETWEEN_LINES;
        if (!important && shown && now - last < pause.toNanos()) {
            return;
        }
        shown = true;
        last = now;
        if (onTerminal && !important) {
            draw(ProgressBar.line(progress.done(), progress.steps(), text(progress)));
        } else {
            if (drawn) {
                draw("");
                drawn = false;
            }
            console.say(text(progress));
        }
    }

    private void draw(String bar) {
        console.err().print(CLEAR + bar);
        console.err().flush();
        drawn = true;
    }

    /** Leave a bar that is drawn where it is, so that whatever is printed next begins a line. */
    void end() {
        if (drawn) {
            console.err().println();
            drawn = false;
        }
    }

    private static String text(TrainingProgress progress) {
        var text = new StringBuilder(String.format(
                Locale.ROOT, "step %d/%d, loss %.4f", progress.done(), progress.steps(), progress.loss()));
        progress.validationLoss().ifPresent(loss -> text.append(String.format(Locale.ROOT, ", validation %.4f", loss)));
        text.append(String.format(Locale.ROOT, ", %,.0f tokens/s", progress.tokensPerSecond()));
        if (progress.done() < progress.steps()) {
            text.append(", ").append(time(progress.remaining())).append(" left");
        }
        return text.toString();
    }

    /** Return a duration as people say it: {@code 2 d 03 h}, {@code 1 h 05 min}, {@code 3 min 20 s}, {@code 12 s}. */
    static String time(Duration duration) {
        if (duration.toDays() > 0) {
            return String.format(Locale.ROOT, "%d d %02d h", duration.toDays(), duration.toHoursPart());
        }
        if (duration.toHours() > 0) {
            return String.format(Locale.ROOT, "%d h %02d min", duration.toHours(), duration.toMinutesPart());
        }
        return duration.toMinutes() > 0
                ? String.format(Locale.ROOT, "%d min %02d s", duration.toMinutes(), duration.toSecondsPart())
                : duration.toSeconds() + " s";
    }
}
