package dev.proxytune.eval;

import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Keeps answers from what a task bans: sequences of tokens that spell certain texts, and certain beginnings.
 *
 * <p>A text is taken as the tokenizer writes it at the start of a line and after a space, as the paper's code does.
 */
final class TaskConstraint implements TokenConstraint {
    private final List<int[]> banned = new ArrayList<>();
    private final Set<Integer> bannedFirst = new HashSet<>();
    private final Set<Integer> onlyFirst = new HashSet<>();
    private final int longest;

    private TaskConstraint(TaskDecoding decoding, Vocabulary vocabulary) {
        each(decoding.banned(), vocabulary, (_, ids) -> banned.add(ids));
        each(decoding.bannedFirst(), vocabulary, (_, ids) -> bannedFirst.add(ids[0]));
        each(decoding.onlyFirst(), vocabulary, (text, ids) -> {
            // A tokenizer that puts the space apart writes two tokens, of which the first says nothing.
            if (ids.length == 1) {
                onlyFirst.add(ids[0]);
            }
        });
        longest = banned.stream().mapToInt(ids -> ids.length).max().orElse(0);
    }

    /** Return what keeps answers from it, or nothing if the task bans nothing. */
    static Optional<TokenConstraint> of(TaskDecoding decoding, Vocabulary vocabulary) {
        boolean free = decoding.banned().isEmpty()
                && decoding.bannedFirst().isEmpty()
                && decoding.onlyFirst().isEmpty();
        return free ? Optional.empty() : Optional.of(new TaskConstraint(decoding, vocabulary));
    }

    private static void each(List<String> texts, Vocabulary vocabulary, BiConsumer<String, int[]> action) {
        for (String text : texts) {
            for (String written : List.of(text, " " + text)) {
                int[] ids = vocabulary.tokenize(written, false, false);
                if (ids.length > 0) {
                    action.accept(text, ids);
                }
            }
        }
    }

    @Override
    public State begin() {
        return new Progress();
    }

    private final class Progress implements State {
        private final int[] last = new int[Math.max(1, longest)];
        private int count;

        @Override
        public boolean allows(int token) {
            boolean isOther = !onlyFirst.isEmpty() && !onlyFirst.contains(token);
            if (count == 0 && (isOther || bannedFirst.contains(token))) {
                return false;
            }
            return banned.stream().noneMatch(ids -> ids[ids.length - 1] == token && isBegun(ids));
        }

        /** Return whether the answer ends with all of a sequence but its last token. */
        private boolean isBegun(int[] ids) {
            int length = ids.length - 1;
            if (length > count) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (last[(count - length + i) % last.length] != ids[i]) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void apply(float[] logits) {
            if (count == 0 && !onlyFirst.isEmpty()) {
                float[] before = logits.clone();
                Arrays.fill(logits, Float.NEGATIVE_INFINITY);
                onlyFirst.forEach(id -> logits[id] = before[id]);
            }
            if (count == 0) {
                bannedFirst.forEach(id -> logits[id] = Float.NEGATIVE_INFINITY);
            }
            for (int[] ids : banned) {
                if (isBegun(ids)) {
                    logits[ids[ids.length - 1]] = Float.NEGATIVE_INFINITY;
                }
            }
        }

        @Override
        public void accept(int token) {
            last[count++ % last.length] = token;
        }

        @Override
        public void close() {}
    }
}
