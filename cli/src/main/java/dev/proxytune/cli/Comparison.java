package dev.proxytune.cli;

import dev.proxytune.InvalidModelException;
import dev.proxytune.Vocabulary;
import dev.proxytune.VocabularyMatch;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.LoraCheck;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Say whether a file goes with the first model given.
 *
 * @param with that model's file
 * @param fits whether it does
 * @param verdict the same in words
 * @param match how the token ids compare; none for an adapter
 * @param extra how many ids, padding included, the file has beyond the shared ones
 */
record Comparison(String with, boolean fits, String verdict, Optional<VocabularyMatch> match, int extra) {

    /** Compare the vocabulary of an expert with that of its target. */
    static Comparison of(String with, Vocabulary target, Vocabulary other) {
        var match = VocabularyMatch.of(target, other);
        boolean sameType = target.type().equals(other.type());
        String verdict;
        if (!sameType) {
            verdict = "cannot: the tokenizers differ, " + target.type() + " there and " + other.type() + " here";
        } else if (match.difference().isPresent()) {
            var difference = match.difference().get();
            verdict = "cannot: token id " + difference.id() + " is \"" + Escapes.escape(difference.first())
                    + "\" there and \"" + Escapes.escape(difference.second()) + "\" here";
        } else if (match.shared() == 0) {
            verdict = "cannot: no token is shared";
        } else {
            verdict = "can be combined";
        }
        return new Comparison(
                with,
                verdict.equals("can be combined"),
                verdict,
                Optional.of(match),
                Math.max(0, other.size() - match.shared()));
    }

    /** Compare an adapter with a model. */
    static Comparison of(String with, GgufHeader model, GgufHeader adapter) {
        try {
            LoraCheck.requireAdapter(adapter);
            LoraCheck.requireFits(adapter, model);
            return new Comparison(with, true, "can be applied", Optional.empty(), 0);
        } catch (InvalidModelException e) {
            String reason = Objects.requireNonNullElse(e.getMessage(), "");
            return new Comparison(with, false, "cannot: " + reason, Optional.empty(), 0);
        }
    }

    /** Return the comparison as JSON has it. */
    Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("with", with);
        object.put("fits", fits);
        object.put("verdict", verdict);
        match.ifPresent(ids -> {
            object.put("shared_ids", ids.shared());
            object.put("extra_ids", extra);
            object.put(
                    "first_difference", ids.difference().map(Comparison::object).orElse(null));
        });
        return object;
    }

    private static Map<String, @Nullable Object> object(VocabularyMatch.Difference difference) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("id", difference.id());
        object.put("first", difference.first());
        object.put("second", difference.second());
        return object;
    }
}
