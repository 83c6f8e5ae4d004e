package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskConstraintTests {

    /** A token for each character of the Latin alphabet's first half. */
    private static final class Characters implements Vocabulary {

        @Override
        public int size() {
            return 128;
        }

        @Override
        public String type() {
            return "BPE";
        }

        @Override
        public String text(int id) {
            return Character.toString(id);
        }

        @Override
        public boolean isPadding(int id) {
            return false;
        }

        @Override
        public boolean isControl(int id) {
            return false;
        }

        @Override
        public boolean isEndOfGeneration(int id) {
            return false;
        }

        @Override
        public OptionalInt bos() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt eos() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt eot() {
            return OptionalInt.empty();
        }

        @Override
        public byte[] bytes(int id) {
            return text(id).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
            return text.chars().toArray();
        }

        @Override
        public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
            throw new UnsupportedOperationException();
        }
    }

    private static TaskDecoding decoding(List<String> banned, List<String> bannedFirst, String... onlyFirst) {
        return new TaskDecoding(9, List.of(), List.of(), 0, 1, 1, banned, bannedFirst, List.of(onlyFirst));
    }

    private static TokenConstraint.State begin(TaskDecoding decoding) {
        return TaskConstraint.of(decoding, new Characters()).orElseThrow().begin();
    }

    /** Return what may follow a text, as the masked row has it, and check that single tokens are judged the same. */
    private static String following(TaskDecoding decoding, String text) {
        try (TokenConstraint.State state = begin(decoding)) {
            text.chars().forEach(state::accept);
            float[] row = new float[128];
            state.apply(row);
            return IntStream.rangeClosed('a', 'z')
                    .peek(id -> assertThat(state.allows(id)).isEqualTo(row[id] == 0))
                    .filter(state::allows)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
        }
    }

    @Test
    void aBannedTextMayBeginButNotEnd() {
        TaskDecoding decoding = decoding(List.of("pass", "z"), List.of());
        String all = "abcdefghijklmnopqrstuvwxy";
        assertThat(following(decoding, "")).isEqualTo(all);
        assertThat(following(decoding, "pas")).isEqualTo(all.replace("s", ""));
        assertThat(following(decoding, "x = 1; pas")).isEqualTo(all.replace("s", ""));
        assertThat(following(decoding, "pasta pa")).isEqualTo(all);
        assertThat(following(decoding, "papas")).isEqualTo(all.replace("s", ""));
        assertThat(following(decoding, "asp")).isEqualTo(all);
    }

    @Test
    void aBannedBeginningIsBannedThereOnly() {
        TaskDecoding decoding = decoding(List.of(), List.of("bx"));
        assertThat(following(decoding, "")).isEqualTo("acdefghijklmnopqrstuvwxyz");
        assertThat(following(decoding, "a")).contains("b");
    }

    @Test
    void anAnswerMustBeginWithWhatIsAskedFor() {
        TaskDecoding decoding = decoding(List.of(), List.of(), "c", "a", "dd");
        assertThat(following(decoding, "")).isEqualTo("ac");
        assertThat(following(decoding, "a")).contains("b", "z");
    }

    @Test
    void whoBansNothingHasNoConstraint() {
        assertThat(TaskConstraint.of(new Gsm8k().decoding(), new Characters())).isEmpty();
        for (Task task : List.of(new HumanEval(), new Ds1000(), new RealTimeQa())) {
            assertThat(TaskConstraint.of(task.decoding(), new Characters())).isPresent();
        }
    }
}
