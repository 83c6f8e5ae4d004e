package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AllocationTests {
    private static final int SIZE = 256 * 1024;

    static Stream<Sampling> samplings() {
        var warm = Sampling.atTemperature(0.8f);
        return Stream.of(
                Sampling.GREEDY,
                warm,
                warm.withTopP(0.95f),
                warm.withTopK(40),
                warm.withPenalties(new Penalties(1.1f, 0, 0, -1)));
    }

    @ParameterizedTest
    @MethodSource("samplings")
    void noTokenAllocatesAnythingThatGrowsWithTheVocabulary(Sampling sampling) {
        FakeModel target = cheap();
        for (LanguageModel model : List.of(target, ProxyTunedModel.of(target, cheap(), cheap()))) {
            check(model, sampling, Speculation.OFF);
            check(model, sampling, Speculation.of(2));
        }
    }

    private static void check(LanguageModel model, Sampling sampling, Speculation speculation) {
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT.withContextLength(200), speculation)) {
            var request = GenerationRequest.of(Prompt.of(1)).withSampling(sampling);
            generator.generate(request.withMaxTokens(20));
            long few = allocated(generator, request.withMaxTokens(10));
            long many = allocated(generator, request.withMaxTokens(60));
            assertThat((many - few) / 50)
                    .as("bytes per token of %s, %s", sampling, speculation)
                    .isLessThan(4096);
        }
    }

    @Test
    void theLikeliestTokensOfEachRoleAllocateNothingThatGrowsWithTheVocabularyEither() {
        var model = ProxyTunedModel.of(cheap(), cheap(), cheap());
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT.withContextLength(200))) {
            var request = GenerationRequest.of(Prompt.of(1)).withReport(Report.TRACE.withCandidates(20));
            generator.generate(request.withMaxTokens(5));
            long few = allocated(generator, request.withMaxTokens(5));
            long many = allocated(generator, request.withMaxTokens(25));
            assertThat((many - few) / 20).as("bytes per token").isLessThan(16 * 1024);
        }
    }

    private static FakeModel cheap() {
        return new FakeModel(1, SIZE).withLogits((tokens, count, row) -> row[tokens[count - 1]] += 0.5f);
    }

    private static long allocated(Generator generator, GenerationRequest request) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        generator.generate(request);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
