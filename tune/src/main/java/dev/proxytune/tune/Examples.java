package dev.proxytune.tune;

import java.util.List;

/**
 * What files of tuning data held.
 *
 * @param examples the good ones, in the order of the files
 * @param skipped how many bad ones were left out
 * @param faults the first of these, each with its file, line and what is wrong with it
 */
public record Examples(List<Example> examples, long skipped, List<String> faults) {
    public Examples {
        examples = List.copyOf(examples);
        faults = List.copyOf(faults);
    }
}
