package dev.proxytune;

import java.util.Optional;

/**
 * Compare two vocabularies token by token, as combining logits by id requires.
 *
 * <p>What only pads the end of a table is not compared, and neither is what one of the two has beyond the other's end.
 *
 * @param shared how many ids, from 0 on, mean the same text in both
 * @param difference the first id below both ends that means two texts, if any; nothing can be combined then
 */
public record VocabularyMatch(int shared, Optional<Difference> difference) {

    /**
     * Hold one token id that means two texts.
     *
     * @param id the token id
     * @param first its text in the first vocabulary
     * @param second its text in the second vocabulary
     */
    public record Difference(int id, String first, String second) {}

    /** Compare two vocabularies. */
    public static VocabularyMatch of(Vocabulary first, Vocabulary second) {
        int shared = Math.min(sizeWithoutPadding(first), sizeWithoutPadding(second));
        for (int id = 0; id < shared; id++) {
            if (!first.text(id).equals(second.text(id))) {
                return new VocabularyMatch(id, Optional.of(new Difference(id, first.text(id), second.text(id))));
            }
        }
        return new VocabularyMatch(shared, Optional.empty());
    }

    /**
     * Return how many ids an expert shares with its target; padding that both have at the same ids is shared too.
     *
     * @param role what to call the second vocabulary's model in the message
     * @throws VocabularyMismatchException if an id means two texts, or nothing is shared
     */
    static int require(Vocabulary target, Vocabulary other, String role) {
        if (target.equals(other)) {
            return target.size();
        }
        VocabularyMatch match = of(target, other);
        String types = target.type().equals(other.type())
                ? ""
                : " in their tokenizers (" + target.type() + " and " + other.type() + ")";
        String ids = match.difference()
                .map(difference -> ": token id " + difference.id() + " is \"" + escape(difference.first())
                        + "\" in the target and \"" + escape(difference.second()) + "\" in the " + role)
                .orElse("");
        if (!types.isEmpty() || !ids.isEmpty()) {
            throw new VocabularyMismatchException("The vocabularies of the target and the " + role + " differ" + types
                    + ids + "; choose models that share a tokenizer");
        }
        if (match.shared() == 0) {
            throw new VocabularyMismatchException("The target and the " + role + " share no token");
        }
        boolean paddedAlike = target.size() == other.size() && sizeWithoutPadding(target) == sizeWithoutPadding(other);
        return paddedAlike ? target.size() : match.shared();
    }

    private static int sizeWithoutPadding(Vocabulary vocabulary) {
        int size = vocabulary.size();
        while (size > 0 && vocabulary.isPadding(size - 1)) {
            size--;
        }
        return size;
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }
}
