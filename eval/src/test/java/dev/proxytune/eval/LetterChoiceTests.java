package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class LetterChoiceTests {
    private static final Map<Character, Double> EXPERT = Map.of('A', 1.0, 'B', 3.0, 'C', 0.0, 'D', 9.0);
    private static final Map<Character, Double> ANTI = Map.of('A', 1.0, 'B', 1.0, 'C', 0.0, 'D', 0.0);

    @Test
    void addsTheDifferenceToTheTargetsLogProbabilities() {
        var target = Map.of('A', Math.log(.6), 'B', Math.log(.2));
        var shares = LetterChoice.shares(target, EXPERT, ANTI, 1);
        double b = .2 * Math.exp(2);
        assertThat(shares.get('B')).isCloseTo(b / (b + .6), within(1e-12));
        assertThat(shares.get('A')).isCloseTo(.6 / (b + .6), within(1e-12));
        assertThat(LetterChoice.likeliest(shares)).hasValue('B');
    }

    @Test
    void leavesTheTargetsChoiceAtAlphaZero() {
        var target = Map.of('A', Math.log(.6), 'B', Math.log(.2));
        assertThat(LetterChoice.likeliest(LetterChoice.shares(target, EXPERT, ANTI, 0)))
                .hasValue('A');
    }

    @Test
    void neverChoosesALetterThatTheTargetDoesNotTell() {
        var shares = LetterChoice.shares(Map.of('C', -9.0), EXPERT, ANTI, 1);
        assertThat(shares).containsOnlyKeys('C').containsEntry('C', 1.0);
        assertThat(LetterChoice.likeliest(LetterChoice.shares(Map.of(), EXPERT, ANTI, 1)))
                .isEmpty();
    }

    @Test
    void takesTheFirstOfEqualLetters() {
        assertThat(LetterChoice.likeliest(Map.of('D', .5, 'B', .5))).hasValue('B');
    }

    @Test
    void wantsLogitsForTheLettersThatItWeighs() {
        assertThatThrownBy(() -> LetterChoice.shares(Map.of('A', 0.0), Map.of(), ANTI, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("letter A");
    }
}
