package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Sampling;
import dev.proxytune.llama.BareDecoder;
import dev.proxytune.llama.LlamaModel;
import java.util.List;
import java.util.Map;

/**
 * Compare a generation with the bare decodes it stands on.
 *
 * <p>In each round all contenders decode as many tokens, one after the other in one process, and the one that comes
 * first changes, so that a machine whose speed drifts treats them alike. A ratio is the median of the rounds' ratios.
 */
final class LoopBenchmark implements AutoCloseable {
    private static final int PROMPT_LENGTH = 8;
    private static final int WARM_UP = 2;

    /** Small models are through their first rounds before the JVM has compiled what runs around them. */
    private static final long WARM_UP_NANOS = 4_000_000_000L;

    private final List<LlamaModel> models;
    private final List<BareDecoder> bare;
    private final Generator generator;
    private final Prompt prompt;
    private final int tokens;
    private final Map<Integer, Float> noEnd;
    private final double residentBytes;

    LoopBenchmark(LlamaModel target, LlamaModel expert, LlamaModel antiExpert, int tokens) {
        int contextLength = PROMPT_LENGTH + tokens + 1;
        this.models = List.of(target, expert, antiExpert);
        this.tokens = tokens;
        var trio = ProxyTunedModel.of(target, expert, antiExpert);
        this.generator = Generator.open(trio, DecoderOptions.DEFAULT.withContextLength(contextLength));
        this.noEnd = BenchPrompts.endTokens(trio.vocabulary());
        this.prompt = Prompt.of(BenchPrompts.ordinaryTokens(trio.vocabulary(), PROMPT_LENGTH));
        time(1);
        this.residentBytes = ResidentMemory.bytes();
        this.bare = models.stream().map(model -> model.openBare(contextLength)).toList();
    }

    /** Return the memory that the process held when it had generated once and the bare contexts were not made yet. */
    double residentBytes() {
        return residentBytes;
    }

    /**
     * Hold what a run found; times are milliseconds for each token.
     *
     * @param bare the median time of three bare decodes
     * @param greedy the median time of a greedy step
     * @param nucleus the median time of a step at temperature 0.8 and top-p 0.95
     * @param greedyRatio bare ÷ greedy
     * @param nucleusRatio bare ÷ nucleus
     */
    record Result(double bare, double greedy, double nucleus, double greedyRatio, double nucleusRatio) {}

    /** Run the rounds, after some that do not count. */
    Result run(int rounds) {
        return run(rounds, new Cancellation());
    }

    /**
     * Run the rounds, after some that do not count.
     *
     * @param cancellation ends the run with a {@link dev.proxytune.CancelledException}
     */
    Result run(int rounds, Cancellation cancellation) {
        double[][] times = new double[3][rounds];
        long start = System.nanoTime();
        for (int round = 0; round < WARM_UP || System.nanoTime() - start < WARM_UP_NANOS; round++) {
            round(round, cancellation);
        }
        for (int round = 0; round < rounds; round++) {
            double[] found = round(round, cancellation);
            for (int contender = 0; contender < times.length; contender++) {
                times[contender][round] = found[contender];
            }
        }
        return new Result(
                Medians.of(times[0]),
                Medians.of(times[1]),
                Medians.of(times[2]),
                Medians.ofRatios(times[0], times[1]),
                Medians.ofRatios(times[0], times[2]));
    }

    /** Let each contender run once, and return their times. */
    private double[] round(int number, Cancellation cancellation) {
        double[] times = new double[3];
        for (int turn = 0; turn < times.length; turn++) {
            int contender = (turn + number) % times.length;
            cancellation.check();
            times[contender] = time(contender);
        }
        return times;
    }

    /** Return what the KV caches of the generation's three contexts take, which are as large as the bare ones. */
    long cacheBytes() {
        return bare.stream().mapToLong(BareDecoder::cacheBytes).sum();
    }

    private double time(int contender) {
        return switch (contender) {
            case 0 -> bare();
            case 1 -> generate(Sampling.GREEDY);
            default -> generate(Sampling.atTemperature(0.8f).withTopP(0.95f));
        };
    }

    private double bare() {
        for (BareDecoder decoder : bare) {
            decoder.clear();
            for (int i = 0; i < prompt.length(); i++) {
                decoder.decode(prompt.token(i));
            }
        }
        long start = System.nanoTime();
        for (int i = 0; i < tokens; i++) {
            int token = prompt.token(i % prompt.length());
            for (BareDecoder decoder : bare) {
                decoder.decode(token);
            }
        }
        return (System.nanoTime() - start) / 1e6 / tokens;
    }

    /** Generate one token more than are counted, as the first comes from the prompt's decode. */
    private double generate(Sampling sampling) {
        var request = GenerationRequest.of(prompt)
                .withSampling(sampling.withLogitBias(noEnd))
                .withMaxTokens(tokens + 1);
        return generator.generate(request).decodeTime().toNanos() / 1e6 / tokens;
    }

    @Override
    public void close() {
        generator.close();
        bare.forEach(BareDecoder::close);
        models.forEach(LlamaModel::close);
    }
}
