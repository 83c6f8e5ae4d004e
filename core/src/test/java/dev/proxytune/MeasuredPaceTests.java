package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lets a pace decide over steps whose costs and hits are made up, so that what it loses can be told exactly. */
class MeasuredPaceTests {
    private static final long EXPERT = 62;
    private static final int FEW = 100;
    private static final int MANY = 20_000;

    /** What the decode of target and anti-expert costs on some machines, by its rows. */
    enum Machine {
        /** A second row costs half of the first, as with small models on one thread. */
        STEEP {
            @Override
            long checking(int rows) {
                return 352 + 185L * (rows - 1);
            }
        },
        /** Many rows cost little more than one, as on a GPU. */
        FLAT {
            @Override
            long checking(int rows) {
                return 352 + 12L * (rows - 1);
            }
        },
        /** Two rows cost twice one, and eight no more than two. */
        STAIRS {
            @Override
            long checking(int rows) {
                return rows == 1 ? 352 : rows <= 8 ? 700 : 1100;
            }
        },
        /** A decode of another number of rows than the one before takes longer, as llama.cpp's do, and so do those after it. */
        RELUCTANT {
            @Override
            long checking(int rows) {
                return 352 + 130L * (rows - 1);
            }

            @Override
            long change() {
                return 250;
            }
        };

        abstract long checking(int rows);

        long change() {
            return 0;
        }
    }

    /** Steps of one answer whose guesses are right with one of two chances, which are known. */
    private static final class Steps {
        private final Machine machine;
        private final double sure;
        private final double unsure;
        private final Random random;
        private long time;
        private int lastRows;
        private double shock;

        Steps(Machine machine, double sure, double unsure, long seed) {
            this.random = new Random(seed);
            this.machine = machine;
            this.sure = sure;
            this.unsure = unsure;
        }

        /** Return the time of so many tokens. */
        private long run(Pace pace, int tokens) {
            for (int drawn = 0; drawn < tokens; ) {
                drawn += step(pace);
            }
            return time;
        }

        private int step(Pace pace) {
            int most = pace.begin(1);
            int rows = 1;
            int right = 0;
            boolean alive = true;
            double reached = 1;
            long read = 0;
            while (most > 0) {
                read += EXPERT;
                pace.drafted(1, EXPERT);
                double chance = random.nextBoolean() ? sure : unsure;
                reached *= chance;
                if (rows > most || !pace.goesOn(1, rows, reached, (sure + unsure) / 2)) {
                    break;
                }
                alive &= random.nextDouble() < chance;
                right += alive ? 1 : 0;
                rows++;
            }
            shock = rows == lastRows ? 0.5 * shock : machine.change();
            lastRows = rows;
            long checked = machine.checking(rows) + (long) shock + (most > 0 ? 0 : EXPERT);
            pace.checked(1, rows, 1 + right, checked);
            time += read + checked;
            return 1 + right;
        }
    }

    /** Return the time of an answer, the mean of several if it is short. */
    private static double time(Machine machine, double sure, double unsure, int tokens, Supplier<Pace> pace) {
        double sum = 0;
        int answers = Math.max(1, MANY / 10 / tokens);
        for (int answer = 0; answer < answers; answer++) {
            sum += new Steps(machine, sure, unsure, answer).run(pace.get(), tokens);
        }
        return sum / answers;
    }

    /** Return how many times as fast as the best fixed number of guesses, none among them, the measured pace is. */
    private static double share(Machine machine, double sure, double unsure, int tokens) {
        double best = Double.POSITIVE_INFINITY;
        for (int guesses : new int[] {0, 1, 2, 4, 8}) {
            best = Math.min(best, time(machine, sure, unsure, tokens, () -> new FixedPace(guesses)));
        }
        int most = Speculation.MOST;
        return best / time(machine, sure, unsure, tokens, () -> new MeasuredPace(most, 1, most + 1));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RELUCTANT")
    void isNeverMuchSlowerThanTheBestFixedNumberOfGuesses(Machine machine) {
        for (double chance : new double[] {0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1}) {
            assertThat(share(machine, chance, chance, FEW))
                    .as("%s, short", chance)
                    .isGreaterThan(0.9);
            assertThat(share(machine, chance, chance, MANY))
                    .as("%s, long", chance)
                    .isGreaterThan(0.97);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RELUCTANT")
    void isFasterWhereItIsKnownWhichGuessesAreLikely(Machine machine) {
        assertThat(share(machine, 0.99, 0.3, FEW)).isGreaterThan(1.02);
        assertThat(share(machine, 0.99, 0.3, MANY)).isGreaterThan(1.05);
    }

    @Test
    void keepsToANumberOfGuessesWhereChangesAreDear() {
        assertThat(share(Machine.RELUCTANT, 0.75, 0.55, MANY)).isGreaterThan(0.97);
        assertThat(share(Machine.RELUCTANT, 0, 0, MANY)).isGreaterThan(0.98);
    }

    @Test
    void guessesAgainWhenGuessesBecomeRight() {
        var pace = new MeasuredPace(Speculation.MOST, 1, Speculation.MOST + 1);
        new Steps(Machine.FLAT, 0, 0, 1).run(pace, MANY);
        long time = new Steps(Machine.FLAT, 1, 1, 2).run(pace, MANY);
        long best = new Steps(Machine.FLAT, 1, 1, 2).run(new FixedPace(8), MANY);
        assertThat(time).isLessThan(best * 11 / 10);
    }
}
