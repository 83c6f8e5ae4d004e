package dev.proxytune.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Make up questions of grade-school maths, no two alike.
 *
 * <p>They are short: the benchmark's models know hardly any but tokens of single characters, so that a question of 70
 * characters takes as many tokens as a published one of 240 does with a trained vocabulary.
 */
final class BenchQuestions {
    private static final List<String> NAMES = List.of(
            "Ada", "Bruno", "Chen", "Dilek", "Emeka", "Farah", "Goran", "Hana", "Ivo", "Jun", "Kirsi", "Liam", "Mona");

    private static final List<String> STORIES = List.of(
            "%s has %d pens and buys %d boxes of six. How many pens are there now?",
            "%s walks %d laps a day. How many laps are that in %d weeks?",
            "%s bakes %d rolls for a fair and sells %d bags of six. How many are left?",
            "%s reads %d pages on Monday and %d a day from then to Sunday. How many pages in all?",
            "%s earns %d euros an hour and works %d hours, but pays 20 for the train. How much stays?");

    private BenchQuestions() {}

    /** Return a row of the published form, from a number that starts at 0. */
    static Map<String, @Nullable Object> row(int index) {
        String name = NAMES.get(index % NAMES.size());
        int story = index % STORIES.size();
        int many = 90 + index;
        int few = 3 + index % 11;
        int answer = switch (story) {
            case 0 -> many + 6 * few;
            case 1 -> 7 * many * few;
            case 2 -> many - 6 * few;
            case 3 -> many + 6 * few;
            default -> many * few - 20;
        };
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("question", String.format(Locale.ROOT, STORIES.get(story), name, many, few));
        row.put("answer", "#### " + answer);
        return row;
    }
}
