package dev.proxytune.cli;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuse options that picocli cannot judge: the command ends with {@link ExitCodes#USAGE}. */
final class Usage {
    private Usage() {}

    static ParameterException wrong(CommandSpec command, String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /** Blame an option for text that cannot be. */
    static ParameterException wrong(CommandSpec command, MalformedTextException cause) {
        return new ParameterException(command.commandLine(), String.valueOf(cause.getMessage()), cause);
    }

    static void require(boolean holds, CommandSpec command, String message) {
        if (!holds) {
            throw wrong(command, message);
        }
    }

    /** Refuse a number that is not from 1 to the most that an option takes. */
    static void requireUpTo(int most, CommandSpec command, String option, int number) {
        require(number >= 1 && number <= most, command, option + " must be from 1 to " + most + ", got: " + number);
    }

    /** Return what a value of the library becomes, or blame the option for its refusal. */
    static <T> T value(CommandSpec command, String option, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), option + ": " + e.getMessage(), e);
        }
    }

    /** Return whether an option stands on the command line, and does not come from elsewhere. */
    static boolean isGiven(CommandSpec command, String option) {
        return command.commandLine().getParseResult().hasMatchedOption(option);
    }
}
