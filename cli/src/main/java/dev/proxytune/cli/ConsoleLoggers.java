package dev.proxytune.cli;

import java.text.MessageFormat;
import java.util.Objects;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** Send what libraries log to standard error, a line each: warnings, and more with {@code --verbose}. */
public final class ConsoleLoggers extends System.LoggerFinder {
    private static volatile System.Logger.Level least = System.Logger.Level.WARNING;

    /** Create the one that Java finds as a service. */
    public ConsoleLoggers() {}

    /** Log what is at least this grave from now on. */
    static void tell(System.Logger.Level level) {
        least = level;
    }

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new ConsoleLogger(name);
    }

    private record ConsoleLogger(String name) implements System.Logger {

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            // What the JDK itself logs below a warning is of no use here.
            Level from = name.startsWith("dev.proxytune") ? least : Level.WARNING;
            return level != Level.OFF && level.compareTo(from) >= 0;
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
            if (isLoggable(level)) {
                String text = Objects.requireNonNullElse(message, "");
                System.err.println("proxytune: " + text + (thrown == null ? "" : ": " + thrown));
            }
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... values) {
            String text = Objects.requireNonNullElse(format, "");
            boolean plain = values == null || values.length == 0;
            log(level, bundle, plain ? text : MessageFormat.format(text, values), (Throwable) null);
        }
    }
}
