package dev.proxytune;

import java.util.List;

/**
 * Hold the text that each role reads before the common answer.
 *
 * @param target what the target, or a single model, reads
 * @param experts what the expert of each pair reads; one text serves all pairs, none stands for the target's text
 * @param antiExperts the same for the anti-experts
 */
public record PromptText(String target, List<String> experts, List<String> antiExperts) {

    public PromptText {
        experts = List.copyOf(experts);
        antiExperts = List.copyOf(antiExperts);
    }

    /** Give all roles the same text. */
    public static PromptText of(String text) {
        return new PromptText(text, List.of(), List.of());
    }

    public String expert(int pair) {
        return forPair(experts, pair);
    }

    public String antiExpert(int pair) {
        return forPair(antiExperts, pair);
    }

    private String forPair(List<String> texts, int pair) {
        if (texts.isEmpty()) {
            return target;
        }
        Checks.require(texts.size() == 1 || pair < texts.size(), "pair " + pair + " needs a prompt text", texts);
        return texts.size() == 1 ? texts.getFirst() : texts.get(pair);
    }
}
