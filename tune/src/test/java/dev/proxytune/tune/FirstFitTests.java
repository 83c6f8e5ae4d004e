package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstFitTests {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 64, 1000})
    void putsEachPieceIntoTheFirstRowWithRoom(int pieces) {
        var random = new Random(pieces);
        int length = 50;
        var fit = new FirstFit(length, pieces);
        List<Integer> used = new ArrayList<>();
        for (int i = 0; i < pieces; i++) {
            int size = 1 + random.nextInt(random.nextBoolean() ? length : 10);
            int row = 0;
            while (row < used.size() && used.get(row) + size > length) {
                row++;
            }
            if (row == used.size()) {
                used.add(0);
            }
            used.set(row, used.get(row) + size);
            assertThat(fit.put(size)).as("piece %d of %d", i, pieces).isEqualTo(row);
        }
        assertThat(fit.rows()).isEqualTo(used.size());
    }

    @Test
    void hasRoomForPiecesAsLongAsRows() {
        var fit = new FirstFit(7, 5);
        for (int i = 0; i < 5; i++) {
            assertThat(fit.put(7)).isEqualTo(i);
        }
    }

    @Test
    void refusesWhatFitsNoRow() {
        var fit = new FirstFit(7, 1);
        assertThatIllegalArgumentException().isThrownBy(() -> fit.put(8));
        assertThatIllegalArgumentException().isThrownBy(() -> fit.put(0));
    }
}
