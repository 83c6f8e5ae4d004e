package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Sampling;
import dev.proxytune.Scheduler;
import dev.proxytune.llama.LlamaModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Compare what answering side by side gains a trio with what it gains three bare contexts. All take turns, with each
 * number of answers; nothing is guessed ahead and nothing ends an answer.
 */
final class BatchBenchmark implements AutoCloseable {
    private static final int PROMPT_LENGTH = 8;
    private static final int WARM_UP = 1;

    private final ProxyTunedModel trio;
    private final int tokens;
    private final Cancellation cancellation;
    private final Sampling sampling;
    private final List<Size> sizes = new ArrayList<>();

    /**
     * Open decoders for each number of answers.
     *
     * @param models target, expert and anti-expert, which others own
     * @param counts how many answers run side by side; the first is what gains are taken against
     * @param tokens tokens of each answer
     * @param cancellation ends a run with a {@link dev.proxytune.CancelledException}
     */
    BatchBenchmark(
            List<LlamaModel> models,
            ProxyTunedModel trio,
            List<Integer> counts,
            int tokens,
            Cancellation cancellation) {
        this.trio = trio;
        this.tokens = tokens;
        this.cancellation = cancellation;
        this.sampling = Sampling.GREEDY.withLogitBias(BenchPrompts.endTokens(trio.vocabulary()));
        for (int count : counts) {
            sizes.add(new Size(models, count));
        }
    }

    /**
     * Hold what was found with a number of answers.
     *
     * @param count how many run side by side
     * @param ours tokens a second of the trio, the median of the rounds
     * @param bare the same of three bare contexts
     * @param gain how many times as many tokens a second as without company, the median of the rounds
     * @param bareGain the same of bare contexts
     */
    record Result(int count, double ours, double bare, double gain, double bareGain) {}

    private final class Size implements AutoCloseable {
        private final int count;
        private final Scheduler scheduler;
        private final BareTrio bare;
        private double[] ours = new double[0];
        private double[] theirs = new double[0];

        Size(List<LlamaModel> models, int count) {
            int length = PROMPT_LENGTH + tokens;
            var options = DecoderOptions.DEFAULT.withSequences(count).withContextLength(length);
            this.count = count;
            this.scheduler = Scheduler.open(trio, options);
            this.bare = new BareTrio(models, count, length);
        }

        private double ours(List<Prompt> prompts) {
            List<CompletableFuture<Completion>> answers = new ArrayList<>();
            long start = System.nanoTime();
            for (Prompt prompt : prompts) {
                var request =
                        GenerationRequest.of(prompt).withSampling(sampling).withMaxTokens(tokens);
                answers.add(scheduler.submit(request, cancellation, _ -> {}));
            }
            while (scheduler.step()) {
                cancellation.check();
            }
            double time = seconds(start);
            // What failed would be fast.
            answers.forEach(CompletableFuture::join);
            return time;
        }

        private double theirs(List<Prompt> prompts) {
            List<BareTrio.Tail> tails =
                    prompts.stream().map(BareTrio.Tail::whole).toList();
            long start = System.nanoTime();
            bare.decodeTogether(tails, tokens);
            return seconds(start);
        }

        private double seconds(long start) {
            // For each answer, so that quotients are gains.
            return (System.nanoTime() - start) / 1e9 / count;
        }

        private Result result(Size first) {
            return new Result(
                    count,
                    tokens / Medians.of(ours),
                    tokens / Medians.of(theirs),
                    Medians.ofRatios(first.ours, ours),
                    Medians.ofRatios(first.theirs, theirs));
        }

        @Override
        public void close() {
            scheduler.close();
            bare.close();
        }
    }

    /** Run the rounds, after one that does not count. */
    List<Result> run(int rounds) {
        for (Size size : sizes) {
            size.ours = new double[rounds];
            size.theirs = new double[rounds];
        }
        for (int round = -WARM_UP; round < rounds; round++) {
            for (Size size : sizes) {
                List<Prompt> prompts = BenchPrompts.random(trio.vocabulary(), PROMPT_LENGTH, 2 * size.count, round);
                measure(size, prompts, round);
            }
        }
        return sizes.stream().map(size -> size.result(sizes.getFirst())).toList();
    }

    private void measure(Size size, List<Prompt> prompts, int round) {
        boolean oursFirst = round % 2 == 0;
        double bare = oursFirst ? 0 : size.theirs(prompts.subList(size.count, prompts.size()));
        double ours = size.ours(prompts.subList(0, size.count));
        double after = oursFirst ? size.theirs(prompts.subList(size.count, prompts.size())) : bare;
        if (round >= 0) {
            size.ours[round] = ours;
            size.theirs[round] = after;
        }
    }

    @Override
    public void close() {
        sizes.forEach(Size::close);
    }
}
