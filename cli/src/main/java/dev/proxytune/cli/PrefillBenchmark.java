package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.llama.LlamaModel;
import java.util.List;

/**
 * Compare how long a trio takes to read a prompt and say the first token, with the target alone and with what llama.cpp
 * itself needs for the three models. All take turns, and no prompt is read twice.
 */
final class PrefillBenchmark implements AutoCloseable {
    private static final int CONTENDERS = 3;
    private static final int WARM_UP = 1;

    private final ProxyTunedModel trio;
    private final int length;
    private final Generator whole;
    private final Generator target;
    private final BareTrio bare;
    private final Cancellation cancellation;

    /**
     * Open what all need.
     *
     * @param models target, expert and anti-expert, which others own
     * @param length tokens of the prompts
     * @param cancellation ends a run with a {@link dev.proxytune.CancelledException}
     */
    PrefillBenchmark(List<LlamaModel> models, ProxyTunedModel trio, int length, Cancellation cancellation) {
        var options = DecoderOptions.DEFAULT.withContextLength(length + 1);
        this.trio = trio;
        this.length = length;
        this.cancellation = cancellation;
        this.whole = Generator.open(trio, options);
        this.target = Generator.open(trio.target(), options);
        this.bare = new BareTrio(models, 1, length + 1);
    }

    /**
     * Hold what a run found, in milliseconds from the request to the first token, the median of the rounds.
     *
     * @param trio of the trio
     * @param target of the target alone
     * @param bare of three bare contexts
     * @param bareRatio bare ÷ trio
     * @param slowdown trio ÷ target
     */
    record Result(double trio, double target, double bare, double bareRatio, double slowdown) {}

    /** Run the rounds, after one that does not count. */
    Result run(int rounds) {
        double[][] times = new double[CONTENDERS][rounds];
        for (int round = -WARM_UP; round < rounds; round++) {
            List<Prompt> prompts = BenchPrompts.random(trio.vocabulary(), length, CONTENDERS, round);
            for (int turn = 0; turn < CONTENDERS; turn++) {
                int contender = Math.floorMod(turn + round, CONTENDERS);
                cancellation.check();
                double time = time(contender, prompts.get(contender));
                if (round >= 0) {
                    times[contender][round] = time;
                }
            }
        }
        return new Result(
                Medians.of(times[0]),
                Medians.of(times[1]),
                Medians.of(times[2]),
                Medians.ofRatios(times[2], times[0]),
                Medians.ofRatios(times[0], times[1]));
    }

    private double time(int contender, Prompt prompt) {
        var request = GenerationRequest.of(prompt).withMaxTokens(1);
        long start = System.nanoTime();
        switch (contender) {
            case 0 -> whole.generate(request, cancellation, _ -> {});
            case 1 -> target.generate(request, cancellation, _ -> {});
            default -> bare.decodeAlone(List.of(BareTrio.Tail.whole(prompt)), 1);
        }
        return (System.nanoTime() - start) / 1e6;
    }

    @Override
    public void close() {
        whole.close();
        target.close();
        bare.close();
    }
}
