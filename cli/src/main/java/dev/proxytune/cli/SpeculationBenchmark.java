package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.GuessCounts;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.Sampling;
import dev.proxytune.Speculation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Compare how long answers take with and without guessing ahead.
 *
 * <p>In each round all contenders answer the same questions, one contender after the other, and the one that comes
 * first changes. A ratio is the median of the rounds' ratios, taken against the trio that guesses nothing.
 */
final class SpeculationBenchmark implements AutoCloseable {
    static final String TARGET = "target alone";
    static final String OFF = "off";
    static final String AUTO = "auto";
    private static final int WARM_UP = 2;
    private static final int PLAIN = 1;

    private final List<Contender> contenders = new ArrayList<>();
    private final List<Prompt> prompts;
    private final int tokens;
    private final float alpha;

    /**
     * Open a generator for each contender: the target alone, the trio without guesses, with each number of guesses, and
     * with as many as pay.
     *
     * @param tokens the most tokens of an answer
     */
    SpeculationBenchmark(
            LanguageModel target,
            LanguageModel trio,
            List<Prompt> prompts,
            int tokens,
            float alpha,
            List<Integer> guesses) {
        this.prompts = prompts;
        this.tokens = tokens;
        this.alpha = alpha;
        contenders.add(new Contender(TARGET, target, Speculation.OFF));
        contenders.add(new Contender(OFF, trio, Speculation.OFF));
        for (int count : guesses) {
            contenders.add(new Contender(Integer.toString(count), trio, Speculation.of(count)));
        }
        contenders.add(new Contender(AUTO, trio, Speculation.AUTO));
    }

    /**
     * Hold what was found of a contender.
     *
     * @param name what it is called
     * @param millis the median time of a token
     * @param ratio how many times as fast as the trio without guesses, the median of all rounds
     * @param least the time of a token by the least time that each answer took in any round, which other work on the
     *     machine disturbs least
     * @param best how many times as fast by that
     * @param counts the guesses of the rounds that count
     * @param changed how many answers differ from those without guesses
     */
    record Result(
            String name, double millis, double ratio, double least, double best, GuessCounts counts, int changed) {}

    private final class Contender {
        private final String name;
        private final Generator generator;
        private double[] times = new double[0];
        private final double[] least = new double[prompts.size()];
        private GuessCounts before = GuessCounts.NONE;
        private List<List<Integer>> answers = List.of();

        Contender(String name, LanguageModel model, Speculation speculation) {
            int longest = prompts.stream().mapToInt(Prompt::length).max().orElse(0);
            var options = DecoderOptions.DEFAULT.withContextLength(longest + tokens);
            this.name = name;
            this.generator = Generator.open(model, options, speculation);
        }

        private void begin(int rounds) {
            times = new double[rounds];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
        }

        private double leastMillis() {
            return Arrays.stream(least).average().orElse(0) / 1e6;
        }

        /** Answer all questions and note the time of a token. */
        private void answer(float temperature, int round) {
            long nanos = 0;
            int drawn = 0;
            if (round == 0) {
                before = generator.guesses();
            }
            answers = new ArrayList<>();
            for (int question = 0; question < prompts.size(); question++) {
                var sampling = Sampling.atTemperature(temperature).withSeed(question);
                var request = GenerationRequest.of(prompts.get(question))
                        .withSampling(sampling)
                        .withAlpha(alpha);
                var completion = generator.generate(request.withMaxTokens(tokens));
                nanos += completion.decodeTime().toNanos();
                // The first token comes from the prompt's decode.
                int more = Math.max(1, completion.tokens().size() - 1);
                drawn += more;
                double time = (double) completion.decodeTime().toNanos() / more;
                least[question] = round < 0 ? least[question] : Math.min(least[question], time);
                answers.add(completion.tokens().stream().map(GeneratedToken::id).toList());
            }
            if (round >= 0) {
                times[round] = nanos / 1e6 / drawn;
            }
        }
    }

    /** Run the rounds at a temperature, after some that do not count. */
    List<Result> run(float temperature, int rounds) {
        contenders.forEach(contender -> contender.begin(rounds));
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int turn = 0; turn < contenders.size(); turn++) {
                contenders.get(Math.floorMod(turn + round, contenders.size())).answer(temperature, round);
            }
        }
        return contenders.stream().map(this::result).toList();
    }

    private Result result(Contender contender) {
        Contender plain = contenders.get(PLAIN);
        double[] ratios = new double[contender.times.length];
        Arrays.setAll(ratios, round -> plain.times[round] / contender.times[round]);
        int changed = 0;
        for (int question = 0; question < prompts.size(); question++) {
            changed += contender.answers.get(question).equals(plain.answers.get(question)) ? 0 : 1;
        }
        double least = contender.leastMillis();
        GuessCounts counts = contender.generator.guesses().since(contender.before);
        return new Result(
                contender.name,
                LoopBenchmark.median(contender.times),
                LoopBenchmark.median(ratios),
                least,
                plain.leastMillis() / least,
                counts,
                changed);
    }

    @Override
    public void close() {
        contenders.forEach(contender -> contender.generator.close());
    }
}
