package dev.proxytune.eval;

import java.util.List;

/** Say what labels are missing: single rows may lack them, a whole file is one of another task. */
final class Labels {
    private Labels() {}

    /**
     * Refuse files that cannot be of the task.
     *
     * @param labels the fields that tell what a row is worth, now or after a judge; one row must have one
     * @param identity the fields that tell that a row is of the task, where it has no label
     */
    static void check(List<Row> rows, List<String> labels, List<String> identity) {
        String[] names = labels.toArray(String[]::new);
        String[] others = identity.toArray(String[]::new);
        for (Row row : rows) {
            if (!row.has(names) && !row.has(others)) {
                throw row.missing(names);
            }
        }
        if (rows.stream().noneMatch(row -> row.has(names))) {
            throw rows.getFirst().missing(names);
        }
    }

    static List<String> notes(int missing, String fields) {
        return missing == 0
                ? List.of()
                : List.of(Predictions.rows(missing) + " left out for want of \"" + fields
                        + "\"; --judge URL --judge-model NAME asks a judge");
    }
}
