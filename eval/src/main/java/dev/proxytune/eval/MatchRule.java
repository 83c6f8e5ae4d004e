package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Mark answers to the user's own questions. */
public enum MatchRule {
    /** The prediction is one of the answers, but for case and space around it. */
    EXACT("exact_match") {
        @Override
        boolean matches(String prediction, String answer) {
            return Texts.lower(Texts.strip(prediction)).equals(Texts.lower(Texts.strip(answer)));
        }
    },
    /** The prediction contains one of the answers, but for case. */
    CONTAINS("contains") {
        @Override
        boolean matches(String prediction, String answer) {
            return Texts.lower(prediction).contains(Texts.lower(Texts.strip(answer)));
        }
    },
    /** The last number of the prediction is one of the answers, however it is written. */
    NUMERIC("numeric_match") {
        @Override
        boolean matches(String prediction, String answer) {
            return Texts.isSameNumber(prediction, answer);
        }
    },
    /** One of the answers, a regular expression of Java, is found in the prediction. */
    REGEX("regex_match") {
        @Override
        boolean matches(String prediction, String answer) {
            return Pattern.compile(answer).matcher(new Patience(prediction)).find();
        }
    };

    private final String measure;

    MatchRule(String measure) {
        this.measure = measure;
    }

    abstract boolean matches(String prediction, String answer);

    /** Return the name of the measure in JSON. */
    public String measure() {
        return measure;
    }

    boolean matchesAny(String prediction, List<String> answers, Row row) {
        try {
            return answers.stream().anyMatch(answer -> matches(prediction, answer));
        } catch (PatternSyntaxException e) {
            throw malformed(e, row);
        } catch (StackOverflowError | IllegalStateException e) {
            throw new ProxyTuneException(
                    row.place() + ": the regular expression takes too long on this prediction; make it simpler", e);
        }
    }

    /**
     * Check answers before there is a prediction.
     *
     * @throws ProxyTuneException if one cannot be marked by this rule
     */
    void check(List<String> answers, Row row) {
        if (this == REGEX) {
            try {
                answers.forEach(Pattern::compile);
            } catch (PatternSyntaxException e) {
                throw malformed(e, row);
            }
        }
    }

    private static ProxyTuneException malformed(PatternSyntaxException e, Row row) {
        return new ProxyTuneException(
                row.place() + ": the answer " + e.getPattern() + " is no regular expression: " + e.getDescription(), e);
    }

    /** Return a rule by the name of the command line, such as {@code exact} or {@code exact_match}. */
    public static Optional<MatchRule> named(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT).replace('-', '_');
        for (MatchRule rule : values()) {
            if (wanted.equals(rule.measure) || wanted.equals(rule.name().toLowerCase(Locale.ROOT))) {
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }

    /** Text that a pattern may look at only so often, as some patterns would never end. */
    private static final class Patience implements CharSequence {
        private static final int MOST_LOOKS = 50_000_000;

        private final String text;
        private int looks;

        Patience(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++looks > MOST_LOOKS) {
                throw new IllegalStateException("too many looks");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
