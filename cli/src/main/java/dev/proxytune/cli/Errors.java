package dev.proxytune.cli;

import dev.proxytune.CancelledException;
import dev.proxytune.ProxyTuneException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tell a user what went wrong, in a line or two, and choose the exit code. */
final class Errors implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** How picocli says that a text is no number. */
    private static final Pattern NO_NUMBER = Pattern.compile("'([^']*)' is not an? (int|long|double|float)$");

    private final Console console;
    private final EnvironmentDefaults defaults;

    Errors(Console console, EnvironmentDefaults defaults) {
        this.console = console;
        this.defaults = defaults;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        console.say("proxytune: " + oneLine(fault(e)) + origin(e) + suggestion(e) + " (see '"
                + command.getCommandSpec().qualifiedName() + " --help')");
        return ExitCodes.USAGE;
    }

    /** Say what is wrong without the names of Java's types, and without what is only the value of an unknown option. */
    private static String fault(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().getFirst();
            boolean isCommand = !e.getCommandLine().getSubcommands().isEmpty();
            String kind = unmatched.isUnknownOption()
                    ? "Unknown option"
                    : isCommand ? "Unknown command" : "Unexpected argument";
            return kind + ": '" + first + "'";
        }
        return NO_NUMBER.matcher(text(e)).replaceFirst(found -> {
            boolean tooLarge = found.group(1).matches("[-+]?[0-9]+");
            boolean whole = found.group(2).matches("int|long");
            String reason = tooLarge ? " is too large" : whole ? " is no whole number" : " is no number";
            return Matcher.quoteReplacement("'" + found.group(1) + "'" + reason);
        });
    }

    /** A value that nobody typed is hard to find otherwise. */
    private String origin(ParameterException e) {
        return e.getArgSpec() instanceof OptionSpec option
                ? defaults.variable(option)
                        .filter(variable -> !Usage.isGiven(option.command(), option.longestName()))
                        .map(variable -> " (from the environment: " + variable + ")")
                        .orElse("")
                : "";
    }

    private static String suggestion(ParameterException e) {
        List<String> near = e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        return near.isEmpty() ? "" : "; did you mean " + near.getFirst() + "?";
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult result) {
        OptionSpec verbose = command.getCommandSpec().findOption(HelpMixin.VERBOSE);
        return handle(e, verbose != null && Boolean.TRUE.equals(verbose.getValue()));
    }

    /** Handle whatever a command throws. */
    int handle(Throwable thrown, boolean verbose) {
        Throwable cause = thrown;
        while (cause instanceof ExceptionInInitializerError && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof OutputException output && output.isReaderGone()) {
            return ExitCodes.OK;
        }
        if (cause instanceof CancelledException) {
            console.say("proxytune: stopped");
            return ExitCodes.INTERRUPTED;
        }
        console.say("proxytune: " + message(cause));
        if (verbose) {
            thrown.printStackTrace(console.err());
            console.err().flush();
        }
        return ExitCodes.FAILURE;
    }

    private static String message(Throwable cause) {
        String text = oneLine(text(cause));
        return switch (cause) {
            case ProxyTuneException _ -> text;
            case OutOfMemoryError _ ->
                "Java is out of memory (" + text + "): give it more, for example by PROXYTUNE_JAVA_OPTS=-Xmx8g";
            default ->
                "An unexpected " + cause.getClass().getName() + (text.isEmpty() ? "" : ": " + text)
                        + "; please report it, " + HelpMixin.VERBOSE + " shows where it happened";
        };
    }

    private static String text(Throwable cause) {
        return Objects.requireNonNullElse(cause.getMessage(), "");
    }

    /** Join lines, and keep the names of files and the like from steering the terminal. */
    static String oneLine(String text) {
        return text.lines()
                .map(line -> line.strip().replaceAll("\\p{Cntrl}", "?"))
                .reduce((one, two) -> one + " " + two)
                .orElse("");
    }
}
