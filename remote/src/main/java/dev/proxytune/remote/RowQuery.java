package dev.proxytune.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Ask for rows of one text.
 *
 * @param promptLength how many of the tokens are the prompt's
 * @param rows what to fill: the row after the first {@link Wanted#length} tokens, in rising order
 */
record RowQuery(Tokens tokens, int promptLength, List<Wanted> rows) {

    /**
     * Return the rows in runs, each row of a run one token further than the one before.
     *
     * @param most how many rows a run may have
     * @param breaks says of a token that no run goes over it
     */
    List<List<Wanted>> runs(int most, IntPredicate breaks) {
        List<List<Wanted>> runs = new ArrayList<>();
        int start = 0;
        for (int end = 1; end <= rows.size(); end++) {
            boolean ends = end == rows.size()
                    || end - start == most
                    || rows.get(end).length() != rows.get(end - 1).length() + 1
                    || breaks.test(tokens.get(rows.get(end).length() - 1));
            if (ends) {
                runs.add(rows.subList(start, end));
                start = end;
            }
        }
        return runs;
    }

    /** Name a row that is wanted: after how many tokens, and where it goes. */
    record Wanted(int length, RemoteRow row) {}
}
