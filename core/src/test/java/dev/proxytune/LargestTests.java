package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LargestTests {
    private final Largest largest = new Largest();

    @Test
    void findsWhatSortingWouldPutFirst() {
        for (long seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            float[] logits = new float[1 + random.nextInt(3000)];
            for (int id = 0; id < logits.length; id++) {
                // Few different values, so that many are equal, and both zeros.
                logits[id] = random.nextInt(4) == 0 ? Float.NEGATIVE_INFINITY : (random.nextInt(9) - 4) * -0.5f;
            }
            int count = 1 + random.nextInt(logits.length);
            int k = random.nextInt(40);
            List<Integer> expected = IntStream.range(0, count)
                    .boxed()
                    .filter(id -> logits[id] > Float.NEGATIVE_INFINITY)
                    .sorted(Comparator.comparingDouble((Integer id) -> -(logits[id] + 0f)))
                    .limit(k)
                    .toList();
            largest.find(logits, count, k);
            assertThat(found()).as("array, seed %d", seed).isEqualTo(expected);
            largest.find(new ArrayRow(logits), count, k);
            assertThat(found()).as("row, seed %d", seed).isEqualTo(expected);
        }
    }

    private List<Integer> found() {
        return IntStream.range(0, largest.size())
                .mapToObj(place -> largest.id(place))
                .toList();
    }
}
