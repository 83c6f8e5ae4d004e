package dev.proxytune.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.eval.AnswerTrace;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTests {
    private static Moments of(double... values) {
        var moments = new Moments();
        DoubleStream.of(values).forEach(moments::add);
        return moments;
    }

    @Test
    void testsMeansAsStudentDidWithHisSleepers() {
        WelchTest test = WelchTest.of(
                        of(.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2),
                        of(1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4))
                .orElseThrow();
        assertThat(test.t()).isEqualTo(-1.8608, within(5e-5));
        assertThat(test.freedom()).isEqualTo(17.776, within(5e-4));
        assertThat(test.p()).isEqualTo(.07939, within(5e-6));
    }

    @Test
    void keepsTheDigitsOfVerySmallProbabilities() {
        var first = new Moments();
        var second = new Moments();
        for (int i = 0; i < 10_000; i++) {
            first.add(i % 2);
            second.add(i % 2 + .234);
        }
        WelchTest test = WelchTest.of(first, second).orElseThrow();
        assertThat(test.t()).isEqualTo(-33.09, within(.01));
        assertThat(Math.log10(test.p())).isBetween(-236.0, -229.0);
    }

    @Test
    void testsNothingThatDoesNotVary() {
        assertThat(WelchTest.of(of(1, 1), of(2, 2))).isEmpty();
        assertThat(WelchTest.of(of(1), of(2, 3))).isEmpty();
        assertThat(WelchTest.of(of(), of())).isEmpty();
        assertThat(of().mean()).isNaN();
        assertThat(of(3).ci95()).isEmpty();
    }

    @Test
    void knowsMeanVarianceAndInterval() {
        Moments moments = of(2, 4, 4, 4, 5, 5, 7, 9);
        assertThat(moments.mean()).isEqualTo(5, within(1e-12));
        assertThat(moments.variance()).isEqualTo(32.0 / 7, within(1e-12));
        assertThat(moments.ci95().orElseThrow().high()).isEqualTo(5 + 1.959964 * Math.sqrt(4 / 7.0), within(1e-6));
    }

    @Test
    void groupsLaterPositions() {
        var positions = new PositionBins();
        IntStream.rangeClosed(1, 137).forEach(position -> positions.add(position, position % 2 == 1));
        positions.add(1, false);
        assertThat(positions.bins())
                .extracting(PositionBins.Bin::label)
                .startsWith("1", "2")
                .endsWith("20", "21–25", "26–30", "31–40", "41–50", "51–75", "76–100", "101–137");
        assertThat(positions.bins().getFirst()).isEqualTo(new PositionBins.Bin(1, 1, 1, 2));
        assertThat(positions.bins().getLast()).isEqualTo(new PositionBins.Bin(101, 137, 19, 37));
        assertThat(positions.bins().stream().mapToInt(PositionBins.Bin::n).sum())
                .isEqualTo(138);
        assertThat(positions.changed()).isEqualTo(69);
    }

    @Test
    void endsEveryGroupOfPositions() {
        for (int position = 1; position < 3_000_000; position += 1 + position / 7) {
            assertThat(PositionBins.end(position)).isGreaterThanOrEqualTo(position);
        }
        assertThat(PositionBins.end(1001)).isEqualTo(1500);
    }

    @Test
    void ranksTokensThatOccurOftenEnough() {
        var tokens = new TokenStatistics();
        tokens.add(new AnswerTrace(
                List.of("a", "b", "a", "c", "b"),
                List.of(.1, .5, .3, .9, Double.NaN),
                List.of(true, false, false, true, false)));
        assertThat(tokens.moved(1, 9)).extracting(TokenStatistics.Moved::token).containsExactly("c", "b", "a");
        assertThat(tokens.moved(2, 9)).extracting(TokenStatistics.Moved::token).containsExactly("a");
        assertThat(tokens.moved(2, 9).getFirst().delta().mean()).isEqualTo(.2, within(1e-12));
        assertThat(tokens.moved(1, 1)).hasSize(1);
    }
}
