package dev.proxytune.cli;

import dev.proxytune.Prompt;
import dev.proxytune.Vocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Say what is asked in a setting, and how long the answers are.
 *
 * @param key what programs call it
 * @param name what people call it
 * @param task the prompts and the length of the answers
 */
record BenchSetting(String key, String name, SpeculationBenchmark.Task task) {
    /** Both ends of a short exchange, as in the paper's table of run times (appendix C.1, table 12). */
    static final int SHORT = 8;

    /** One prompt more than none finds the one before it in the cache. */
    private static final int PROMPTS = 2;

    /**
     * Return the paper's settings, a short and a long prompt and answer and a short one of both, and questions that are
     * answered to their end.
     *
     * @param texts what is asked, at least one
     */
    static List<BenchSetting> all(
            List<Prompt> texts, Vocabulary vocabulary, BenchSize size, float alpha, boolean real) {
        List<BenchSetting> all = new ArrayList<>();
        // The shortest first: what is compiled meanwhile serves all.
        all.add(forced(texts, vocabulary, SHORT, SHORT, alpha));
        if (size.tokens() != SHORT) {
            all.add(forced(texts, vocabulary, SHORT, size.tokens(), alpha));
            all.add(forced(texts, vocabulary, size.tokens(), SHORT, alpha));
        }
        if (real) {
            var task = new SpeculationBenchmark.Task(texts, size.answer(), alpha, Map.of());
            all.add(new BenchSetting("questions", "questions", task));
        }
        return all;
    }

    private static BenchSetting forced(List<Prompt> texts, Vocabulary vocabulary, int prompt, int answer, float alpha) {
        var task = SpeculationBenchmark.Task.of(BenchPrompts.ofLength(texts, prompt, PROMPTS), answer)
                .withAlpha(alpha)
                .withoutEnd(vocabulary);
        return new BenchSetting(prompt + "_to_" + answer, prompt + " → " + answer, task);
    }

    /** Return how many tokens the target has read on average when it says one of an answer. */
    double context() {
        return task.prompts().getFirst().length() + task.tokens() / 2.0;
    }

    /**
     * Hold what was found in a setting.
     *
     * @param results one for each contender
     */
    record Found(BenchSetting setting, float temperature, List<SpeculationBenchmark.Result> results) {

        /** Return what was found of a contender. */
        SpeculationBenchmark.Result of(String contender) {
            return results.stream()
                    .filter(result -> result.name().equals(contender))
                    .findFirst()
                    .orElseThrow();
        }

        /** Return how many times as fast as the best other way the trio is that guesses as many tokens as pay. */
        double autoShare() {
            return others().mapToDouble(result -> result.whole().toAuto()).min().orElse(Double.NaN);
        }

        /** Return the same by the least times that answers took. */
        double autoShareAtBest() {
            return others().mapToDouble(result -> result.whole().least()).min().orElse(Double.NaN)
                    / of(SpeculationBenchmark.AUTO).whole().least();
        }

        private Stream<SpeculationBenchmark.Result> others() {
            return results.stream()
                    .filter(result -> !result.name().equals(SpeculationBenchmark.TARGET)
                            && !result.name().equals(SpeculationBenchmark.AUTO));
        }
    }
}
