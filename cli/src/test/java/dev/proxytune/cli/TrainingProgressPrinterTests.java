package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.tune.TrainingProgress;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingProgressPrinterTests {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final AtomicLong clock = new AtomicLong(Long.MIN_VALUE + 5);

    private TrainingProgressPrinter printer(boolean terminal) {
        var terminals = new Terminals(false, false, terminal, false);
        var console =
                new Console(InputStream.nullInputStream(), OutputStream.nullOutputStream(), err, terminals, Map.of());
        return new TrainingProgressPrinter(console, clock::get);
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private static TrainingProgress step(int done, int steps) {
        return step(done, steps, OptionalDouble.empty());
    }

    private static TrainingProgress step(int done, int steps, OptionalDouble validation) {
        return new TrainingProgress(
                done, steps, done * 64L, 2.5f, validation, 1e-3, 1, 12345.6, Duration.ofSeconds(steps - done));
    }

    private String printed() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void printsALineNowAndThenWhereThereIsNoTerminal() {
        var printer = printer(false);
        for (int done = 1; done <= 100; done++) {
            printer.onStep(step(done, 100));
            pass(Duration.ofSeconds(1));
        }
        assertThat(printed().lines())
                .containsExactly(
                        "step 1/100, loss 2.5000, 12,346 tokens/s, 1 min 39 s left",
                        "step 31/100, loss 2.5000, 12,346 tokens/s, 1 min 09 s left",
                        "step 61/100, loss 2.5000, 12,346 tokens/s, 39 s left",
                        "step 91/100, loss 2.5000, 12,346 tokens/s, 9 s left",
                        "step 100/100, loss 2.5000, 12,346 tokens/s");
    }

    @Test
    void printsEveryValidationLoss() {
        var printer = printer(false);
        printer.onStep(step(1, 9));
        printer.onStep(step(2, 9, OptionalDouble.of(2.75)));
        printer.onStep(step(3, 9));
        printer.onStep(step(4, 9, OptionalDouble.of(2.5)));
        assertThat(printed().lines())
                .hasSize(3)
                .element(1)
                .asString()
                .startsWith("step 2/9, loss 2.5000, validation 2.7500,");
    }

    @Test
    void drawsABarOverAndOverOnATerminal() {
        var printer = printer(true);
        for (int done = 1; done <= 10; done++) {
            printer.onStep(step(done, 10));
            pass(Duration.ofMillis(150));
        }
        String[] drawn = printed().split("\r\033\\[K");
        // The first, each that comes 200 ms after one drawn, and at the end an empty one and the line that stays.
        assertThat(drawn).hasSize(7);
        assertThat(drawn[1])
                .startsWith("[##                      ] step 1/10, loss 2.5000")
                .endsWith(" 9 s left");
        assertThat(drawn[2]).startsWith("[#######                 ] step 3/10");
        assertThat(drawn[6]).isEqualTo("step 10/10, loss 2.5000, 12,346 tokens/s\n");
    }

    @Test
    void keepsLinesApartFromTheBar() {
        var printer = printer(true);
        printer.onStep(step(1, 10));
        printer.onNotice("a notice");
        printer.onStep(step(2, 10));
        pass(Duration.ofSeconds(1));
        printer.onStep(step(3, 10));
        printer.onStep(step(4, 10, OptionalDouble.of(3)));
        printer.onStep(step(5, 10));
        pass(Duration.ofSeconds(1));
        printer.onStep(step(6, 10));
        printer.end();
        printer.end();
        String[] lines = printed().split("\n", -1);
        assertThat(lines).hasSize(5);
        assertThat(lines[0]).contains("] step 1/10,");
        assertThat(lines[1]).isEqualTo("a notice");
        assertThat(lines[2]).contains("] step 3/10,").contains("\r\033[Kstep 4/10, loss 2.5000, validation 3.0000,");
        assertThat(lines[3]).contains("] step 6/10,").doesNotContain("step 5/10");
        assertThat(lines[4]).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1,10", "99999,100000", "123456789,2147483647"})
    void fitsEightyColumns(int done, int steps) {
        var printer = printer(true);
        for (Duration left :
                new Duration[] {Duration.ofSeconds(9), Duration.ofHours(23).plusMinutes(59), Duration.ofDays(999)}) {
            printer.onStep(
                    new TrainingProgress(done, steps, 1, 112.3456f, OptionalDouble.empty(), 1, 1, 1_234_567, left));
            pass(Duration.ofSeconds(1));
        }
        assertThat(Arrays.stream(printed().split("\r\033\\[K")).skip(1))
                .hasSize(3)
                .allMatch(bar -> bar.length() < 80)
                .allMatch(bar -> bar.contains("step " + done + "/" + steps + ", loss 112.3456"));
    }

    @Test
    void speaksEnglishEverywhere() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG"));
            printer(false).onStep(step(10, 10, OptionalDouble.of(1.5)));
        } finally {
            Locale.setDefault(before);
        }
        assertThat(printed()).isEqualTo("step 10/10, loss 2.5000, validation 1.5000, 12,346 tokens/s\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 s",
        "59,59 s",
        "60,1 min 00 s",
        "3599,59 min 59 s",
        "3600,1 h 00 min",
        "86399,23 h 59 min",
        "86400,1 d 00 h",
        "90000,1 d 01 h"
    })
    void tellsTheTimeLeft(long seconds, String text) {
        assertThat(TrainingProgressPrinter.time(Duration.ofSeconds(seconds))).isEqualTo(text);
    }
}
