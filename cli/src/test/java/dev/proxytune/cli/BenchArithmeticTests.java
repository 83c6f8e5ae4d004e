package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.GuessCounts;
import dev.proxytune.Prompt;
import dev.proxytune.cli.BenchSetting.Found;
import dev.proxytune.cli.SpeculationBenchmark.Result;
import dev.proxytune.cli.SpeculationBenchmark.Task;
import dev.proxytune.cli.SpeculationBenchmark.Whole;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Covers what benchmarks calculate, with numbers that can be checked by hand. */
class BenchArithmeticTests {
    private static final ModelCost COST = new ModelCost(1000, 10, 400, 100, 2);

    @Test
    void takesTheMedianOfTheRoundsRatios() {
        assertThat(Medians.of(new double[] {9, 1, 2})).isEqualTo(2);
        assertThat(Medians.of(new double[] {4, 1, 2, 9})).isEqualTo(3);
        assertThat(Medians.ofRatios(new double[] {2, 30, 8}, new double[] {1, 10, 2}))
                .isEqualTo(3);
    }

    @Test
    void countsWhatADecodeCannotDoWithout() {
        ModelCost.Work work = COST.decode(50);
        assertThat(work).isEqualTo(new ModelCost.Work(1500, 500));
        assertThat(work.readingMillis(3000)).isEqualTo(500);
        assertThat(work.computingMillis(5000)).isEqualTo(100);
        assertThat(work.leastMillis(3000, 5000)).isEqualTo(500);
        assertThat(work.leastMillis(3000, 500)).isEqualTo(1000);
    }

    @Test
    void countsTheOutputOfAPromptOnceAndLooksBackAtEachTokenToThoseBeforeIt() {
        assertThat(COST.prefill(4)).isEqualTo(new ModelCost.Work(1040, 4 * 300 + 100 + 2 * (1 + 2 + 3 + 4)));
        assertThat(COST.prefill(1).multiplyAdds()).isEqualTo(COST.decode(1).multiplyAdds());
        assertThat(ModelCost.sum(List.of(COST, COST)).prefill(4).bytes()).isEqualTo(2080);
    }

    @Test
    void findsMultiplyAddsInAHeader(@TempDir Path folder) {
        Path file = folder.resolve("model.gguf");
        for (boolean tied : List.of(true, false)) {
            SyntheticModel.of(
                            new Shape(
                                    64,
                                    2,
                                    4,
                                    2,
                                    128,
                                    288,
                                    256,
                                    tied,
                                    Shape.tiny().matrixType()),
                            1)
                    .write(file);
            var facts = new HeaderFacts(GgufFile.readHeader(file));
            // Queries and the output of attention, keys and values of half its width, three matrices of the network.
            long layer = 64 * 64 * 2 + 64 * 32 * 2 + 64 * 128 * 3;
            assertThat(facts.multiplyAddsPerToken()).isEqualTo(2 * layer + 64 * 288);
            assertThat(facts.multiplyAddsOfOutput()).isEqualTo(64 * 288);
            assertThat(facts.bytesReadPerToken())
                    .isBetween(4 * facts.multiplyAddsPerToken(), 4 * facts.multiplyAddsPerToken() + 2000);
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 9, 1", "8, 1, 0", "1, 1.9, 0.9", "2, 1.75, 0.5", "4, 4.0951, 0.9"})
    void findsHowOftenGuessesAreRightByTheTokensOfAStep(int guesses, double tokens, double acceptance) {
        assertThat(SpeculationBound.acceptance(guesses, tokens)).isCloseTo(acceptance, within(1e-6));
    }

    private static Result result(String name, double toAuto) {
        return new Result(name, 1, 1, 1, 1, new Whole(2, 1, 1, toAuto, 3 * toAuto), GuessCounts.NONE, 0);
    }

    @Test
    void comparesAutoWithTheBestOtherWayOfTheTrio() {
        var task = Task.of(List.of(Prompt.of(1, 2)), 8);
        var found = new Found(
                new BenchSetting("s", "s", task),
                0,
                List.of(
                        result(SpeculationBenchmark.TARGET, 0.5),
                        result(SpeculationBenchmark.OFF, 1.5),
                        result("4", 0.9),
                        result(SpeculationBenchmark.AUTO, 1)));
        assertThat(found.autoShare()).isEqualTo(0.9);
        assertThat(found.autoShareAtBest()).isCloseTo(0.9, within(1e-9));
        assertThat(found.setting().context()).isEqualTo(6);
        BenchTable table = BenchTables.answers(0, List.of(found, found), List.of());
        assertThat(table.number("auto ÷ best of off and fixed", "s")).isEqualTo(0.9);
        assertThat(table.lines()).extracting(BenchTable.Line::name).contains("4 guesses", "off");
    }

    @Test
    void dividesTheBoundByWhatWasMeasured() {
        var limits = new MachineLimits(2, 1e9, 4e9, 2e9);
        var phases = List.of(new BenchTables.Phase("x", new ModelCost.Work(8e6, 4e6), 16));
        assertThat(BenchTables.bounds(phases, limits, false, 1).number("x", "share"))
                .isEqualTo(0.5);
        assertThat(BenchTables.bounds(phases, limits, true, 1).number("x", "share"))
                .isEqualTo(0.125);
        assertThat(BenchTables.bounds(phases, limits, true, 4).number("x", "computing_ms"))
                .isEqualTo(0.5);
    }

    @Test
    void makesPromptsOfALengthThatBeginWithDifferentTexts() {
        List<Prompt> texts = List.of(Prompt.of(1, 2, 3), Prompt.of(4, 5));
        assertThat(BenchPrompts.ofLength(texts, 7, 2))
                .containsExactly(Prompt.of(1, 2, 3, 4, 5, 1, 2), Prompt.of(4, 5, 1, 2, 3, 4, 5));
        assertThat(BenchPrompts.ofLength(texts, 1, 3)).containsExactly(Prompt.of(1), Prompt.of(4), Prompt.of(1));
    }

    @Test
    void readsWhatAProcessorCan() {
        String text = "model name\t: Some\nflags\t\t: fpu avx2 avx512_vnni\nflags : amx_int8\n";
        assertThat(BenchMachine.features(text)).containsExactly("avx2", "avx512_vnni");
        assertThat(BenchMachine.features("Features : fp asimd i8mm")).containsExactly("i8mm");
        assertThat(BenchMachine.features("")).isEmpty();
    }

    @Test
    void measuresNoLessFromCachesThanNothing() {
        var limits = MachineLimits.measure(1, 1 << 16);
        assertThat(List.of(limits.memoryRate(), limits.weightRate(), limits.multiplyAdds()))
                .allSatisfy(rate -> assertThat(rate).isPositive().isFinite());
    }
}
