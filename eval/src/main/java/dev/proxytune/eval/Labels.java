package dev.proxytune.eval;

import java.util.List;

/** Say what labels are missing. */
final class Labels {
    private Labels() {}

    static List<String> notes(int missing, String fields) {
        return missing == 0
                ? List.of()
                : List.of(Predictions.rows(missing) + " left out, as they have no \"" + fields
                        + "\"; --judge URL --judge-model NAME asks a judge");
    }
}
