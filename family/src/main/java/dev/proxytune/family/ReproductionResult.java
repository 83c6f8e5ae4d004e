package dev.proxytune.family;

import dev.proxytune.family.Contender.Kind;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Hold what a {@link Reproduction} measured.
 *
 * @param scores by suite and system, each suite with the same systems in the order of a table
 */
public record ReproductionResult(Map<Suite, Map<Contender, SuiteScore>> scores) {

    public ReproductionResult {
        Map<Suite, Map<Contender, SuiteScore>> copy = new EnumMap<>(Suite.class);
        scores.forEach((suite, ofSuite) -> copy.put(suite, new LinkedHashMap<>(ofSuite)));
        scores = copy;
    }

    /** Return the score of a system, if it was measured. */
    public Optional<SuiteScore> score(Suite suite, Contender system) {
        return Optional.ofNullable(scores.getOrDefault(suite, Map.of()).get(system));
    }

    /** Return the systems measured. */
    public List<Contender> systems() {
        return scores.values().stream()
                .findFirst()
                .map(ofSuite -> List.copyOf(ofSuite.keySet()))
                .orElse(List.of());
    }

    /** Return the share of right answers, if it was measured. */
    public OptionalDouble rate(Suite suite, Contender system) {
        return score(suite, system)
                .map(score -> OptionalDouble.of(score.right().rate()))
                .orElse(OptionalDouble.empty());
    }

    /**
     * Return (proxy − base) / (tuned − base): 1 where proxy-tuning does as well as tuning.
     *
     * @return nothing where the directly tuned target was not measured, or is as good as the base, so that there is no
     *     gap
     */
    public OptionalDouble gapClosed(Suite suite, float alpha) {
        OptionalDouble base = rate(suite, Contender.of(Kind.BASE));
        OptionalDouble tuned = rate(suite, Contender.of(Kind.TUNED));
        OptionalDouble proxy = rate(suite, Contender.proxy(alpha));
        if (base.isEmpty() || tuned.isEmpty() || proxy.isEmpty() || tuned.getAsDouble() == base.getAsDouble()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                (proxy.getAsDouble() - base.getAsDouble()) / (tuned.getAsDouble() - base.getAsDouble()));
    }

    /** Return the mean gap closed of all suites, nothing where one of them has none. */
    public OptionalDouble meanGapClosed(float alpha) {
        List<OptionalDouble> gaps =
                scores.keySet().stream().map(suite -> gapClosed(suite, alpha)).toList();
        if (gaps.stream().anyMatch(OptionalDouble::isEmpty)) {
            return OptionalDouble.empty();
        }
        return gaps.stream().mapToDouble(OptionalDouble::getAsDouble).average();
    }

    /**
     * Return the result as a JSON object, for which null stands for what was not measured.
     *
     * @param alpha the weight that "proxy" and "gap_closed" are told for
     */
    public Map<String, @Nullable Object> object(float alpha) {
        Map<String, @Nullable Object> suites = new LinkedHashMap<>();
        for (Suite suite : scores.keySet()) {
            suites.put(suite.key(), object(suite, alpha));
        }
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("suites", suites);
        object.put("alpha", alpha);
        object.put("mean_gap_closed", number(meanGapClosed(alpha)));
        return object;
    }

    private Map<String, @Nullable Object> object(Suite suite, float alpha) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("base", number(rate(suite, Contender.of(Kind.BASE))));
        object.put("anti_expert", number(rate(suite, Contender.of(Kind.ANTI_EXPERT))));
        object.put("expert", number(rate(suite, Contender.of(Kind.EXPERT))));
        object.put("proxy", number(rate(suite, Contender.proxy(alpha))));
        object.put("tuned", number(rate(suite, Contender.of(Kind.TUNED))));
        object.put("gap_closed", number(gapClosed(suite, alpha)));
        object.put(
                "systems",
                systems().stream().map(system -> object(suite, system)).toList());
        return object;
    }

    private Map<String, @Nullable Object> object(Suite suite, Contender system) {
        SuiteScore score = score(suite, system).orElseThrow();
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("system", system.kind().key());
        if (system.kind() == Kind.PROXY) {
            object.put("alpha", system.alpha());
            object.put("gap_closed", number(gapClosed(suite, system.alpha())));
        }
        object.put("right", score.right().right());
        object.put("questions", score.right().asked());
        object.put("interval", List.of(score.right().low(), score.right().high()));
        if (suite == Suite.ARITHMETIC) {
            object.put("counted", score.counted().rate());
        }
        return object;
    }

    private static @Nullable Double number(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
