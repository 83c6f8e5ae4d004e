package dev.proxytune.eval;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Steer the choice of a letter by a target of which only the likeliest tokens are known (paper, section 7).
 *
 * <p>The target tells log-probabilities of its k likeliest first tokens. Letters among them get the score log p + α (expert
 * − anti-expert), where the logits of expert and anti-expert are those of the letters' tokens; a softmax over these
 * letters gives their shares. Letters that the target does not tell are less likely than all that it tells, by how much
 * nobody knows, so that they cannot be chosen. A question none of whose letters it tells has no answer.
 */
public final class LetterChoice {
    private LetterChoice() {}

    /**
     * Return the shares of the letters that the target tells; they sum to 1, or there are none.
     *
     * @param target log-probabilities of letters among the target's likeliest tokens
     * @param expert the expert's logits for at least these letters
     * @param antiExpert the anti-expert's
     * @param alpha the weight of their difference
     */
    public static Map<Character, Double> shares(
            Map<Character, Double> target,
            Map<Character, Double> expert,
            Map<Character, Double> antiExpert,
            double alpha) {
        Map<Character, Double> scores = new LinkedHashMap<>();
        target.forEach((letter, logProbability) ->
                scores.put(letter, logProbability + alpha * (logit(expert, letter) - logit(antiExpert, letter))));
        double highest =
                scores.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        double sum = scores.values().stream()
                .mapToDouble(score -> Math.exp(score - highest))
                .sum();
        scores.replaceAll((_, score) -> Math.exp(score - highest) / sum);
        return scores;
    }

    private static double logit(Map<Character, Double> logits, Character letter) {
        Double logit = logits.get(letter);
        if (logit == null || !Double.isFinite(logit)) {
            throw new IllegalArgumentException("the letter " + letter + " needs a finite logit, got: " + logit);
        }
        return logit;
    }

    /** Return the letter with the largest share, the first of the alphabet among equals; nothing if there is none. */
    public static OptionalInt likeliest(Map<Character, Double> shares) {
        return shares.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .reduce((one, other) -> other.getValue() > one.getValue() ? other : one)
                .map(entry -> OptionalInt.of(entry.getKey()))
                .orElse(OptionalInt.empty());
    }
}
