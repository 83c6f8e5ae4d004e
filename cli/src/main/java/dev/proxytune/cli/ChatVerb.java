package dev.proxytune.cli;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** List what a user can say in a chat that is no question; a new command is a line here and a case in the chat. */
enum ChatVerb {
    HELP("", "list the commands"),
    ALPHA("[A…]", "show how strongly the pairs steer, or set it: one number for all pairs, or one for each"),
    COMPARE("[QUESTION]", "let the target, the experts and the steered target answer, this or the last question"),
    TRACE("[on|off]", "show what the experts changed of each token, or no longer"),
    SYSTEM("[TEXT|-]", "show, set or (-) take away the system's message"),
    TEMP("[T]", "show or set the temperature; 0 takes the likeliest token each time"),
    SEED("[N]", "show or set what chance starts from"),
    SAVE("[--force] FILE", "write the conversation as JSON; --force replaces a file"),
    LOAD("FILE", "go on with a conversation from a file"),
    RETRY("", "answer the last question again"),
    UNDO("", "drop the last question and its answer"),
    CLEAR("", "begin a new conversation; the system's message stays"),
    QUIT("", "end, as Ctrl-D does");

    private static final int MOST_SLIPS = 2;

    private final String argument;
    private final String summary;

    ChatVerb(String argument, String summary) {
        this.argument = argument;
        this.summary = summary;
    }

    /** Return what a user types. */
    String word() {
        return "/" + name().toLowerCase(Locale.ROOT);
    }

    /** Return the word and what may follow it. */
    String usage() {
        return argument.isEmpty() ? word() : word() + " " + argument;
    }

    String summary() {
        return summary;
    }

    static Optional<ChatVerb> of(String word) {
        return Stream.of(values()).filter(verb -> verb.word().equals(word)).findFirst();
    }

    /** Return the command whose word takes the fewest changes of a letter to get to, if they are a slip's. */
    static Optional<ChatVerb> nearest(String word) {
        return Stream.of(values())
                .filter(verb -> verb.word().startsWith(word) || distance(word, verb.word()) <= MOST_SLIPS)
                .min(Comparator.comparingInt(verb -> distance(word, verb.word())));
    }

    private static int distance(String one, String two) {
        int[] row = new int[two.length() + 1];
        for (int column = 0; column < row.length; column++) {
            row[column] = column;
        }
        for (int line = 1; line <= one.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column < row.length; column++) {
                int change = diagonal + (one.charAt(line - 1) == two.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(change, 1 + Math.min(row[column], row[column - 1]));
            }
        }
        return row[two.length()];
    }
}
