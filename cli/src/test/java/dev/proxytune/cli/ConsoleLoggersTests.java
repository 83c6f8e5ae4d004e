package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsoleLoggersTests {

    @AfterEach
    void tellLess() {
        ConsoleLoggers.tell(Level.WARNING);
    }

    private static String logged(String logger, Consumer<System.Logger> use) {
        var captured = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            use.accept(System.getLogger(logger));
        } finally {
            System.setErr(before);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    @Test
    void tellsWarningsInALine() {
        assertThat(logged("dev.proxytune.test", logger -> {
                    logger.log(Level.WARNING, "plain {0}");
                    logger.log(Level.INFO, "unheard");
                    logger.log(Level.ERROR, "value {0}", 7);
                    logger.log(Level.WARNING, "thrown", new IllegalStateException("why"));
                }))
                .isEqualToNormalizingNewlines("""
                        proxytune: plain {0}
                        proxytune: value 7
                        proxytune: thrown: java.lang.IllegalStateException: why
                        """);
    }

    @Test
    void tellsMoreOfThisProjectIfAsked() {
        ConsoleLoggers.tell(Level.DEBUG);
        assertThat(logged("dev.proxytune.test", logger -> logger.log(Level.DEBUG, "heard")))
                .isEqualToNormalizingNewlines("proxytune: heard\n");
        assertThat(logged("java.other", logger -> logger.log(Level.DEBUG, "unheard")))
                .isEmpty();
    }
}
