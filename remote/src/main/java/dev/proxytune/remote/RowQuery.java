package dev.proxytune.remote;

import java.util.List;

/**
 * Ask for rows of one text.
 *
 * @param promptLength how many of the tokens are the prompt's
 * @param rows what to fill: the row after the first {@link Wanted#length} tokens, in rising order
 */
record RowQuery(Tokens tokens, int promptLength, List<Wanted> rows) {

    /** Name a row that is wanted: after how many tokens, and where it goes. */
    record Wanted(int length, RemoteRow row) {}
}
