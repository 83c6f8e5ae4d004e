package dev.proxytune.cli;

import dev.proxytune.family.Contender;
import dev.proxytune.family.Reproduction.Progress;
import dev.proxytune.family.Suite;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Show how far a measurement is on standard error: a bar on a terminal, else a line for each system and suite. */
final class MeasuringProgress implements Consumer<Progress> {
    private static final Duration REDRAW = Duration.ofMillis(200);

    private final Console console;
    private final boolean onTerminal;
    private final long start = System.nanoTime();
    private long last;
    private Optional<Suite> suite = Optional.empty();
    private Optional<Contender> system = Optional.empty();

    MeasuringProgress(Console console) {
        this.console = console;
        onTerminal = console.terminals().err();
    }

    @Override
    public void accept(Progress progress) {
        boolean done = progress.answered() == progress.total();
        if (onTerminal) {
            long now = System.nanoTime();
            if (done || now - last > REDRAW.toNanos()) {
                last = now;
                draw(progress, done);
            }
        } else if (!suite.equals(Optional.of(progress.suite())) || !system.equals(Optional.of(progress.system()))) {
            suite = Optional.of(progress.suite());
            system = Optional.of(progress.system());
            console.say(text(progress));
        }
    }

    private void draw(Progress progress, boolean done) {
        String line = ProgressBar.of(progress.answered(), progress.total()) + text(progress) + left(progress);
        console.err().print("\r\033[K" + (done ? "" : line));
        console.err().flush();
    }

    private static String text(Progress progress) {
        return progress.answered() + "/" + progress.total() + ", "
                + progress.suite().key() + ", " + progress.system().label();
    }

    private String left(Progress progress) {
        double each = (double) (System.nanoTime() - start) / progress.answered();
        var left = Duration.ofNanos((long) (each * (progress.total() - progress.answered())));
        return ", " + TrainingProgressPrinter.time(left) + " left";
    }
}
