package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class BatchTests {
    private final Batch batch = new Batch();

    @Test
    void keepsEntriesInOrderBeyondItsFirstCapacity() {
        var prompt = Prompt.of(7, 8);
        batch.start(3, prompt, Steering.NONE, true);
        for (int i = 0; i < 20; i++) {
            batch.append(i, 100 + i, i % 2 == 0);
        }

        assertThat(batch.size()).isEqualTo(21);
        assertThat(batch.rows()).isEqualTo(11);
        assertThat(batch.isStart(0)).isTrue();
        assertThat(batch.prompt(0)).isEqualTo(prompt);
        assertThat(batch.steering(0)).isSameAs(Steering.NONE);
        assertThat(batch.sequence(20)).isEqualTo(19);
        assertThat(batch.token(20)).isEqualTo(119);
        assertThat(batch.isWanted(20)).isFalse();
    }

    @Test
    void holdsNothingAfterClearing() {
        batch.start(0, Prompt.of(1), Steering.DEFAULT, true).clear().append(0, 5, false);

        assertThat(batch.size()).isEqualTo(1);
        assertThat(batch.rows()).isZero();
        assertThat(batch.isStart(0)).isFalse();
    }

    @Test
    void refusesNumbersThatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> batch.append(0, -1, true));
        assertThatIllegalArgumentException().isThrownBy(() -> batch.append(-1, 1, true));
        batch.append(0, 1, true);
        assertThatIllegalStateException().isThrownBy(() -> batch.prompt(0));
    }
}
