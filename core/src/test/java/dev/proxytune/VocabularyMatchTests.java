package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VocabularyMatchTests {

    @Test
    void sharesAllIdsOfEqualVocabularies() {
        assertThat(VocabularyMatch.of(words(10), words(10))).isEqualTo(new VocabularyMatch(10, Optional.empty()));
    }

    @Test
    void sharesWhatComesBeforePaddingAndBeforeTheShorterEnd() {
        assertThat(VocabularyMatch.of(words(12).withPadding(2), words(10)).shared())
                .isEqualTo(10);
        assertThat(VocabularyMatch.of(words(10), words(16)).shared()).isEqualTo(10);
        assertThat(VocabularyMatch.of(words(12).withPadding(4), words(12)).shared())
                .isEqualTo(8);
        assertThat(VocabularyMatch.of(words(12).withPadding(4), words(14).withPadding(6))
                        .shared())
                .isEqualTo(8);
    }

    @Test
    void namesTheFirstDifferenceWithBothTexts() {
        var other = words(10).withText(4, "a\nb").withText(7, "c");
        var difference = VocabularyMatch.of(words(10), other).difference().orElseThrow();
        assertThat(difference).isEqualTo(new VocabularyMatch.Difference(4, "t4", "a\nb"));
        assertThatExceptionOfType(VocabularyMismatchException.class)
                .isThrownBy(() -> trio(words(10), words(10), other))
                .withMessageContaining("token id 4 is \"t4\" in the target and \"a\\nb\" in the anti-expert");
    }

    @Test
    void refusesTokenizersOfTwoTypesAndVocabulariesThatShareNothing() {
        assertThatExceptionOfType(VocabularyMismatchException.class)
                .isThrownBy(() -> trio(words(10), words(10).withType("SPM"), words(10)))
                .withMessageContaining("expert differ in their tokenizers (BPE and SPM)");
        assertThatExceptionOfType(VocabularyMismatchException.class)
                .isThrownBy(() -> trio(words(10), words(10).withPadding(10), words(10)))
                .withMessageContaining("share no token");
    }

    @Test
    void paddingOfTheSameShapeIsShared() {
        assertThat(VocabularyMatch.require(words(12).withPadding(3), words(12).withPadding(3), "expert"))
                .isEqualTo(12);
        assertThat(VocabularyMatch.require(words(12).withPadding(3), words(12).withPadding(2), "expert"))
                .isEqualTo(9);
    }

    @Test
    void anyRolesEndTokenEndsTheAnswer() {
        var vocabulary = trio(words(10).withEnds(1), words(14).withEnds(2, 12), words(8).withEnds(3))
                .vocabulary();
        assertThat(IntStream.range(0, 10).filter(vocabulary::isEndOfGeneration)).containsExactly(1, 2, 3);
        assertThat(vocabulary.size()).isEqualTo(10);
    }

    private static FakeVocabulary words(int size) {
        return new FakeVocabulary(size);
    }

    private static ProxyTunedModel trio(FakeVocabulary target, FakeVocabulary expert, FakeVocabulary antiExpert) {
        return ProxyTunedModel.of(new FakeModel(1, target), new FakeModel(2, expert), new FakeModel(3, antiExpert));
    }
}
