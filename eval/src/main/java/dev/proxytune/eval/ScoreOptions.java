package dev.proxytune.eval;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Say how rows are scored.
 *
 * @param fromOutput whether predictions are extracted again from the raw output, even where rows have them
 * @param ks how many samples may be tried, for pass@k; each 1 or more
 * @param rule how the user's own questions are marked, where their rows do not say
 * @param bootstrap how intervals are made
 */
public record ScoreOptions(boolean fromOutput, List<Integer> ks, Optional<MatchRule> rule, Bootstrap bootstrap) {
    /** Stored predictions; pass@1 and pass@10. */
    public static final ScoreOptions DEFAULT =
            new ScoreOptions(false, List.of(1, 10), Optional.empty(), Bootstrap.DEFAULT);

    public ScoreOptions {
        ks = List.copyOf(new TreeSet<>(ks));
        if (ks.isEmpty() || ks.getFirst() < 1) {
            throw new IllegalArgumentException("pass@k needs k of 1 or more, got: " + ks);
        }
    }

    public ScoreOptions withFromOutput(boolean value) {
        return new ScoreOptions(value, ks, rule, bootstrap);
    }

    public ScoreOptions withKs(List<Integer> value) {
        return new ScoreOptions(fromOutput, value, rule, bootstrap);
    }

    public ScoreOptions withRule(MatchRule value) {
        return new ScoreOptions(fromOutput, ks, Optional.of(value), bootstrap);
    }

    public ScoreOptions withBootstrap(Bootstrap value) {
        return new ScoreOptions(fromOutput, ks, rule, value);
    }
}
