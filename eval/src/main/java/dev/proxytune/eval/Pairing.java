package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Hold what systems did on the same questions, question by question.
 *
 * @param values by system, then by question: all systems have the same number; NaN where an answer does not count
 */
public record Pairing(List<List<Double>> values) {

    public Pairing {
        values = values.stream().map(List::copyOf).toList();
        if (values.isEmpty() || values.stream().map(List::size).distinct().count() != 1) {
            throw new IllegalArgumentException("paired systems need as many questions as each other");
        }
    }

    /**
     * Pair the scores of systems on the same questions, in whatever order their files have them.
     *
     * @throws ProxyTuneException naming file and row if one has a question that another lacks
     */
    @SafeVarargs
    public static Pairing of(List<QuestionScore> first, List<QuestionScore>... others) {
        List<List<Double>> values = new ArrayList<>();
        values.add(first.stream().map(QuestionScore::value).toList());
        for (List<QuestionScore> other : others) {
            values.add(matched(first, other));
        }
        return new Pairing(values);
    }

    private static List<Double> matched(List<QuestionScore> first, List<QuestionScore> other) {
        Map<String, QuestionScore> byKey = new HashMap<>();
        other.forEach(score -> byKey.put(score.key(), score));
        List<Double> values = new ArrayList<>();
        for (QuestionScore score : first) {
            QuestionScore match = byKey.remove(score.key());
            if (match == null) {
                throw lacks(score, other);
            }
            values.add(match.value());
        }
        if (!byKey.isEmpty()) {
            QuestionScore surplus = other.stream()
                    .filter(score -> byKey.containsKey(score.key()))
                    .findFirst()
                    .orElseThrow();
            throw lacks(surplus, first);
        }
        return values;
    }

    private static ProxyTuneException lacks(QuestionScore score, List<QuestionScore> other) {
        String file =
                other.isEmpty() ? "the other file" : other.getFirst().place().replaceFirst(", row \\d+$", "");
        String key = score.key().strip().replaceAll("\\s+", " ");
        return new ProxyTuneException(score.place() + ": its question is not in " + file + ": "
                + (key.length() > 60 ? key.substring(0, 60) + "…" : key)
                + "; compare files with the same questions");
    }

    /** Return how many questions there are. */
    public int size() {
        return values.getFirst().size();
    }

    /** Return the mean of a system over the questions that count for it; NaN where there are none. */
    public double mean(int system) {
        return values.get(system).stream()
                .mapToDouble(Double::doubleValue)
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    double mean(int system, int[] drawn) {
        List<Double> scores = values.get(system);
        double sum = 0;
        int counted = 0;
        for (int question : drawn) {
            double value = scores.get(question);
            if (!Double.isNaN(value)) {
                sum += value;
                counted++;
            }
        }
        return counted == 0 ? Double.NaN : sum / counted;
    }

    /**
     * Tell how a system differs from another.
     *
     * @param value the second system's mean less the first one's
     * @param ci95 its interval by the paired bootstrap, which draws questions and takes both answers to each
     * @param onlyFirst how many questions only the first system has right
     * @param onlySecond how many only the second one
     * @param p the two-sided p-value: McNemar's exact one where answers are right or wrong, else from the bootstrap
     * @param test which of the two it is: {@code mcnemar} or {@code bootstrap}
     */
    public record Difference(double value, Interval ci95, int onlyFirst, int onlySecond, double p, String test) {}

    /** Compare the second system with the first one; questions that do not count for both are left out of the test. */
    public Difference difference(Bootstrap bootstrap) {
        if (values.size() != 2 || Double.isNaN(mean(0)) || Double.isNaN(mean(1))) {
            throw new ProxyTuneException("A difference needs two systems with at least one answer each that counts");
        }
        double[] sorted = bootstrap.sorted(resample -> {
            int[] drawn = resample.of(size());
            return mean(1, drawn) - mean(0, drawn);
        });
        double value = mean(1) - mean(0);
        Interval ci95 = Bootstrap.interval(sorted);
        int onlyFirst = discordant(1, 0);
        int onlySecond = discordant(0, 1);
        boolean binary = isBinary();
        double p = binary ? McNemar.exact(onlyFirst, onlySecond) : bootstrapP(sorted);
        return new Difference(value, ci95, onlyFirst, onlySecond, p, binary ? "mcnemar" : "bootstrap");
    }

    /** A p-value of 0 would claim more than finitely many resamples can tell. */
    private static double bootstrapP(double[] sorted) {
        long below = Arrays.stream(sorted).filter(value -> value <= 0).count();
        long above = Arrays.stream(sorted).filter(value -> value >= 0).count();
        return Math.min(1, 2.0 * (Math.min(below, above) + 1) / (sorted.length + 1));
    }

    private boolean isBinary() {
        return values.stream().flatMap(List::stream).allMatch(value -> value.isNaN() || value == 0 || value == 1);
    }

    /** Count the questions on which one system's value is below the other's. */
    private int discordant(int lower, int higher) {
        int count = 0;
        for (int question = 0; question < size(); question++) {
            // Comparisons with NaN are false.
            if (values.get(lower).get(question) < values.get(higher).get(question)) {
                count++;
            }
        }
        return count;
    }

    /** Return (proxy − base) / (tuned − base) of the systems base, proxy and tuned; nothing where there is no gap. */
    public OptionalDouble gapClosed() {
        double gap = gap(mean(0), mean(1), mean(2));
        return Double.isFinite(gap) ? OptionalDouble.of(gap) : OptionalDouble.empty();
    }

    static double gap(double base, double proxy, double tuned) {
        return tuned == base ? Double.NaN : (proxy - base) / (tuned - base);
    }
}
