package dev.proxytune.cli;

import dev.proxytune.eval.EvalProgress;
import java.time.Duration;
import java.util.Locale;

/** Show how far an evaluation is on standard error: a bar on a terminal, else a line from time to time. */
final class EvalProgressPrinter implements EvalProgress {
    private static final Duration REDRAW = Duration.ofMillis(200);
    private static final Duration SAY = Duration.ofSeconds(30);

    private final Console console;
    private final boolean onTerminal;
    private final long start = System.nanoTime();
    private long last = start;
    private int before = -1;

    EvalProgressPrinter(Console console) {
        this.console = console;
        onTerminal = console.terminals().err();
    }

    @Override
    public void at(int answers, int all, long tokens) {
        if (before < 0) {
            before = answers;
        }
        long now = System.nanoTime();
        if (now - last < (onTerminal ? REDRAW : SAY).toNanos()) {
            return;
        }
        last = now;
        String text = answers + (all == 0 ? "" : "/" + all) + " answers, " + speed(tokens) + left(answers, all);
        if (onTerminal) {
            console.err().print("\r\033[K" + (all == 0 ? "" : ProgressBar.of(answers, all)) + text);
            console.err().flush();
        } else {
            console.say(text);
        }
    }

    /** Leave a line that stays. */
    void end(long tokens) {
        if (onTerminal) {
            console.err().print("\r\033[K");
            console.err().flush();
        }
        if (tokens > 0) {
            console.say(String.format(Locale.ROOT, "%,d tokens, %s", tokens, speed(tokens)));
        }
    }

    private String speed(long tokens) {
        return String.format(Locale.ROOT, "%,.1f tokens/s", 1e9 * tokens / (System.nanoTime() - start));
    }

    private String left(int answers, int all) {
        if (answers <= before || all == 0) {
            return "";
        }
        double each = (double) (System.nanoTime() - start) / (answers - before);
        return ", " + TrainingProgressPrinter.time(Duration.ofNanos((long) (each * (all - answers)))) + " left";
    }
}
