package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Draw texts that a constraint allows, without any model. */
final class GrammarWalk {
    private GrammarWalk() {}

    /** Return the tokens that may come next. */
    static List<Integer> allowed(TokenConstraint.State state, Vocabulary vocabulary) {
        float[] logits = new float[vocabulary.size()];
        state.apply(logits);
        List<Integer> ids = new ArrayList<>();
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] == 0) {
                ids.add(id);
            }
        }
        return ids;
    }

    /**
     * Return a text of which each token was drawn among those allowed.
     *
     * <p>After some tokens, it ends where it may, and closes what it can.
     *
     * @param patience how many tokens are drawn freely
     * @param most how many tokens there may be
     * @return nothing if it did not come to an end
     */
    static Optional<String> text(
            TokenConstraint constraint, Vocabulary vocabulary, RandomGenerator random, int patience, int most) {
        var bytes = new ByteArrayOutputStream();
        try (var state = constraint.begin()) {
            for (int step = 0; step < most; step++) {
                List<Integer> allowed = allowed(state, vocabulary);
                assertThat(allowed).as("after %s", bytes).isNotEmpty();
                int token = step < patience ? free(allowed, vocabulary, random) : closing(allowed, vocabulary, random);
                assertThat(state.allows(token)).isTrue();
                state.accept(token);
                if (vocabulary.isEndOfGeneration(token)) {
                    return Optional.of(bytes.toString(StandardCharsets.UTF_8));
                }
                bytes.writeBytes(vocabulary.bytes(token));
            }
        }
        return Optional.empty();
    }

    private static int free(List<Integer> allowed, Vocabulary vocabulary, RandomGenerator random) {
        int token = allowed.get(random.nextInt(allowed.size()));
        // Spaces and ends are allowed so often that little else would come.
        boolean dull =
                vocabulary.isEndOfGeneration(token) || vocabulary.text(token).startsWith("Ġ");
        return dull ? allowed.get(random.nextInt(allowed.size())) : token;
    }

    private static int closing(List<Integer> allowed, Vocabulary vocabulary, RandomGenerator random) {
        for (String wanted : List.of("end", "}", "]", "\"")) {
            for (int token : allowed) {
                if (wanted.equals("end")
                        ? vocabulary.isEndOfGeneration(token)
                        : vocabulary.text(token).equals(wanted)) {
                    return token;
                }
            }
        }
        return allowed.get(random.nextInt(allowed.size()));
    }

    /** Return whether a text is what a constraint allows as a whole answer. */
    static boolean matches(TokenConstraint constraint, Vocabulary vocabulary, String text) {
        try (var state = constraint.begin()) {
            for (int token : vocabulary.tokenize(text, false, false)) {
                if (!state.allows(token)) {
                    return false;
                }
                state.accept(token);
            }
            return state.allows(vocabulary.eos().orElseThrow());
        }
    }
}
