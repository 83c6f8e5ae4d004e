package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.proxytune.RoleText.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleTextTests {
    private static final int BOS = 200;
    private static final int END = 201;

    /** A token for each character, and special ones written as ^ (the beginning) and the word end in brackets. */
    private static class Letters extends FakeVocabulary {
        private final boolean begins;

        Letters(boolean begins) {
            super(300);
            withEnds(END);
            this.begins = begins;
        }

        @Override
        public boolean isControl(int id) {
            return id == BOS || id == END;
        }

        @Override
        public OptionalInt bos() {
            return OptionalInt.of(BOS);
        }

        @Override
        public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
            List<Integer> ids = new ArrayList<>();
            if (addSpecial && begins) {
                ids.add(BOS);
            }
            for (int i = 0; i < text.length(); i++) {
                if (parseSpecial && text.startsWith("[end]", i)) {
                    ids.add(END);
                    i += 4;
                } else if (parseSpecial && text.charAt(i) == '^') {
                    ids.add(BOS);
                } else {
                    ids.add((int) text.charAt(i));
                }
            }
            return ids.stream().mapToInt(id -> id).toArray();
        }
    }

    private static int[] tokens(RoleText text) {
        return text.tokens(new Letters(true));
    }

    private static RoleText template(Object... pieces) {
        List<Piece> list = new ArrayList<>();
        for (int i = 0; i < pieces.length; i += 2) {
            list.add(new Piece((String) pieces[i], (Boolean) pieces[i + 1]));
        }
        return RoleText.ofTemplate(list);
    }

    @Test
    void aTextMayNameSpecialTokensOrNot() {
        assertThat(tokens(RoleText.of("a[end]"))).containsExactly(BOS, 'a', END);
        assertThat(tokens(RoleText.verbatim("a[end]"))).containsExactly(BOS, 'a', '[', 'e', 'n', 'd', ']');
    }

    @Test
    void aTemplateNamesThemAndWhatUsersTypeDoesNot() {
        assertThat(tokens(template("^", true, "hi", false, "[end]", true))).containsExactly(BOS, 'h', 'i', END);
        assertThat(tokens(template("^", true, "[end]", false, "[end]", true)))
                .containsExactly(BOS, '[', 'e', 'n', 'd', ']', END);
        assertThat(tokens(template("^", true, "^", false))).containsExactly(BOS, '^');
        assertThat(tokens(template("^[e", true, "nd]", false)))
                .as("spelled across the border")
                .containsExactly(BOS, '[', 'e', 'n', 'd', ']');
    }

    @ParameterizedTest
    @CsvSource({"true, true, 1", "true, false, 1", "false, true, 1", "false, false, 0"})
    void aTemplatesTextHasOneBeginning(boolean modelAsks, boolean templateHas, int beginnings) {
        int[] tokens = template(templateHas ? "^a" : "a", true, "b", false).tokens(new Letters(modelAsks));
        assertThat(tokens).hasSize(beginnings + 2);
        if (beginnings > 0) {
            assertThat(tokens).startsWith(BOS);
        }
        assertThat(template().tokens(new Letters(modelAsks))).hasSize(modelAsks ? 1 : 0);
    }

    @Test
    void onlyACompleteTextHasSeveralPieces() {
        List<Piece> pieces = List.of(new Piece("a", true), new Piece("b", false));
        assertThatIllegalArgumentException().isThrownBy(() -> new RoleText(pieces, false));
        assertThat(RoleText.ofTemplate(pieces).text()).isEqualTo("ab");
    }
}
