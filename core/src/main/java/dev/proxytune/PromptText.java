package dev.proxytune;

import java.util.List;

/**
 * Hold the text that each role reads before the common answer.
 *
 * @param target what the target, or a single model, reads
 * @param experts what the expert of each pair reads; one text serves all pairs, none stands for the target's text
 * @param antiExperts the same for the anti-experts
 */
public record PromptText(RoleText target, List<RoleText> experts, List<RoleText> antiExperts) {

    public PromptText {
        experts = List.copyOf(experts);
        antiExperts = List.copyOf(antiExperts);
    }

    /** Give all roles the same text, in which special tokens written out are meant. */
    public static PromptText of(String text) {
        return of(RoleText.of(text));
    }

    /** Give all roles the same text. */
    public static PromptText of(RoleText text) {
        return new PromptText(text, List.of(), List.of());
    }

    public RoleText expert(int pair) {
        return forPair(experts, pair);
    }

    public RoleText antiExpert(int pair) {
        return forPair(antiExperts, pair);
    }

    private RoleText forPair(List<RoleText> texts, int pair) {
        if (texts.isEmpty()) {
            return target;
        }
        Checks.require(texts.size() == 1 || pair < texts.size(), "pair " + pair + " needs a prompt text", texts);
        return texts.size() == 1 ? texts.getFirst() : texts.get(pair);
    }
}
