package dev.proxytune.cli;

import dev.proxytune.tune.TrainingListener;
import dev.proxytune.tune.TrainingProgress;
import java.time.Duration;
import java.util.Locale;

/** Show where a training run is on standard error: a bar on a terminal, else a line now and then. */
final class TrainingProgressPrinter implements TrainingListener {
    private static final int BAR = 24;
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);

    private final Console console;
    private final boolean onTerminal;
    private long last = Long.MIN_VALUE;

    TrainingProgressPrinter(Console console) {
        this.console = console;
        onTerminal = console.terminals().err();
    }

    @Override
    public void onNotice(String line) {
        console.say(line);
    }

    @Override
    public void onResume(int done, int steps) {
        console.say("resuming after step " + done + " of " + steps);
    }

    @Override
    public void onStep(TrainingProgress progress) {
        boolean important =
                progress.done() == progress.steps() || progress.validationLoss().isPresent();
        long now = System.nanoTime();
        Duration pause = onTerminal ? REDRAW : BETWEEN_LINES;
        if (!important && last != Long.MIN_VALUE && now - last < pause.toNanos()) {
            return;
        }
        last = now;
        String text = text(progress);
        if (!onTerminal) {
            console.say(text);
            return;
        }
        console.err().print("\r" + bar(progress) + " " + text + "\033[K");
        if (important) {
            console.err().println();
        }
        console.err().flush();
    }

    private static String bar(TrainingProgress progress) {
        int filled = (int) ((long) BAR * progress.done() / progress.steps());
        return "[" + "#".repeat(filled) + " ".repeat(BAR - filled) + "]";
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

    /** Return a duration as people say it: {@code 1 h 05 min}, {@code 3 min 20 s}, {@code 12 s}. */
    static String time(Duration duration) {
        if (duration.toHours() > 0) {
            return String.format(Locale.ROOT, "%d h %02d min", duration.toHours(), duration.toMinutesPart());
        }
        return duration.toMinutes() > 0
                ? String.format(Locale.ROOT, "%d min %02d s", duration.toMinutes(), duration.toSecondsPart())
                : duration.toSeconds() + " s";
    }
}
