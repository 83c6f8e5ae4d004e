package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.GuessCounts;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Sampling;
import dev.proxytune.Speculation;
import dev.proxytune.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compare how long answers take with and without guessing ahead.
 *
 * <p>In each round all contenders answer the same questions, one contender after the other, and the one that comes
 * first changes. A ratio is the median of the rounds' ratios, taken against the trio that guesses nothing. Where there
 * is more than one question, no contender finds the start of a prompt computed already, unless two begin alike.
 */
final class SpeculationBenchmark implements AutoCloseable {
    static final String TARGET = "target alone";
    static final String OFF = "off";
    static final String AUTO = "auto";
    private static final int WARM_UP = 2;
    private static final int PLAIN = 1;
    private static final double NANOS = 1e6;

    private final List<Contender> contenders = new ArrayList<>();
    private final Task task;
    private final Cancellation cancellation;

    /**
     * Open a generator for each contender: the target alone, the trio without guesses, with each number of guesses, and
     * with as many as pay.
     *
     * @param cancellation ends a run with a {@link dev.proxytune.CancelledException}
     */
    SpeculationBenchmark(Models models, Task task, List<Integer> guesses, Cancellation cancellation) {
        this.task = task;
        this.cancellation = cancellation;
        contenders.add(new Contender(TARGET, models.target(), Speculation.OFF));
        contenders.add(new Contender(OFF, models.trio(), Speculation.OFF));
        for (int count : guesses) {
            contenders.add(new Contender(Integer.toString(count), models.trio(), Speculation.of(count)));
        }
        contenders.add(new Contender(AUTO, models.trio(), Speculation.AUTO));
    }

    /** Hold the models that are compared, which others own. */
    record Models(LanguageModel target, LanguageModel trio) {
        /**
         * Take a trio and its target.
         *
         * @param chance how often guesses are right, if answers and guesses are to be made up
         */
        static Models of(ProxyTunedModel trio, Optional<Double> chance) {
            int[] ordinary = BenchPrompts.ordinaryTokens(
                    trio.vocabulary(), trio.vocabulary().size());
            return chance.map(right -> new Models(
                            new ScriptedModel(trio.target(), right, ordinary),
                            new ScriptedModel(trio, right, ordinary)))
                    .orElseGet(() -> new Models(trio.target(), trio));
        }
    }

    /**
     * Say what is asked.
     *
     * @param tokens the most tokens of an answer
     * @param bias added to logits, such as to forbid what ends an answer
     */
    record Task(List<Prompt> prompts, int tokens, float alpha, Map<Integer, Float> bias) {

        Task {
            prompts = List.copyOf(prompts);
            bias = Map.copyOf(bias);
        }

        static Task of(List<Prompt> prompts, int tokens) {
            return new Task(prompts, tokens, 1, Map.of());
        }

        Task withAlpha(float value) {
            return new Task(prompts, tokens, value, bias);
        }

        /** Make all answers as long as they may be. */
        Task withoutEnd(Vocabulary vocabulary) {
            return new Task(prompts, tokens, alpha, BenchPrompts.endTokens(vocabulary));
        }

        private GenerationRequest request(int question, float temperature) {
            var sampling =
                    Sampling.atTemperature(temperature).withSeed(question).withLogitBias(bias);
            return GenerationRequest.of(prompts.get(question))
                    .withSampling(sampling)
                    .withAlpha(alpha)
                    .withMaxTokens(tokens);
        }

        private int contextLength() {
            return prompts.stream().mapToInt(Prompt::longest).max().orElse(0) + tokens;
        }
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
     * @param whole the same of whole answers
     * @param counts the guesses of the rounds that count
     * @param changed how many answers differ from those without guesses
     */
    record Result(
            String name,
            double millis,
            double ratio,
            double least,
            double best,
            Whole whole,
            GuessCounts counts,
            int changed) {
        /** Return how many tokens a decode of the target yields. */
        double tokensPerStep() {
            return (double) counts.tokens() / Math.max(1, counts.steps());
        }
    }

    /**
     * Hold what was found of answers from the first token of the prompt to the last of the answer.
     *
     * @param millis the median time of one
     * @param ratio how many times as fast as the trio without guesses, the median of all rounds
     * @param slowdown how many times as slow as the target alone, the median of all rounds
     * @param toAuto how many times as long as with as many guesses as pay, the median of all rounds
     * @param least the mean of each answer's least time
     */
    record Whole(double millis, double ratio, double slowdown, double toAuto, double least) {}

    private final class Contender {
        private final String name;
        private final Generator generator;
        private final Clock decode = new Clock(task.prompts().size());
        private final Clock whole = new Clock(task.prompts().size());
        private GuessCounts before = GuessCounts.NONE;
        private List<List<Integer>> answers = List.of();

        Contender(String name, LanguageModel model, Speculation speculation) {
            var options = DecoderOptions.DEFAULT.withContextLength(task.contextLength());
            this.name = name;
            this.generator = Generator.open(model, options, speculation);
        }

        private void begin(int rounds) {
            decode.begin(rounds);
            whole.begin(rounds);
        }

        /** Answer all questions and note the time of a token. */
        private void answer(float temperature, int round) {
            if (round == 0) {
                before = generator.guesses();
            }
            answers = new ArrayList<>();
            for (int question = 0; question < task.prompts().size(); question++) {
                var completion = generator.generate(task.request(question, temperature), cancellation, _ -> {});
                cancellation.check();
                // The first token comes from the prompt's decode.
                int more = Math.max(1, completion.tokens().size() - 1);
                double nanos = completion.decodeTime().toNanos();
                decode.add(round, question, nanos, more);
                whole.add(round, question, nanos + completion.promptTime().toNanos(), 1);
                answers.add(completion.tokens().stream().map(GeneratedToken::id).toList());
            }
        }
    }

    /** Note times by round, and the least of each question. Rounds before the first are not noted. */
    private static final class Clock {
        private final double[] least;
        private double[] nanos = new double[0];
        private double[] parts = new double[0];

        Clock(int questions) {
            least = new double[questions];
        }

        private void begin(int rounds) {
            nanos = new double[rounds];
            parts = new double[rounds];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
        }

        private void add(int round, int question, double time, int count) {
            if (round >= 0) {
                nanos[round] += time;
                parts[round] += count;
                least[question] = Math.min(least[question], time / count);
            }
        }

        private double[] millis() {
            double[] millis = new double[nanos.length];
            Arrays.setAll(millis, round -> nanos[round] / parts[round] / NANOS);
            return millis;
        }

        private double leastMillis() {
            return Arrays.stream(least).average().orElse(0) / NANOS;
        }
    }

    /** Run the rounds at a temperature, after some that do not count. */
    List<Result> run(float temperature, int rounds) {
        return run(temperature, rounds, WARM_UP);
    }

    /** Run the rounds at a temperature, after some that do not count. */
    List<Result> run(float temperature, int rounds, int warmUp) {
        contenders.forEach(contender -> contender.begin(rounds));
        for (int round = -warmUp; round < rounds; round++) {
            for (int turn = 0; turn < contenders.size(); turn++) {
                contenders.get(Math.floorMod(turn + round, contenders.size())).answer(temperature, round);
            }
        }
        return contenders.stream().map(this::result).toList();
    }

    private Result result(Contender contender) {
        Contender plain = contenders.get(PLAIN);
        int changed = 0;
        for (int question = 0; question < task.prompts().size(); question++) {
            changed += contender.answers.get(question).equals(plain.answers.get(question)) ? 0 : 1;
        }
        double least = contender.decode.leastMillis();
        double[] millis = contender.decode.millis();
        return new Result(
                contender.name,
                Medians.of(millis),
                Medians.ofRatios(plain.decode.millis(), millis),
                least,
                plain.decode.leastMillis() / least,
                whole(contender.whole),
                contender.generator.guesses().since(contender.before),
                changed);
    }

    private Whole whole(Clock clock) {
        double[] millis = clock.millis();
        return new Whole(
                Medians.of(millis),
                Medians.ofRatios(contenders.get(PLAIN).whole.millis(), millis),
                Medians.ofRatios(millis, contenders.getFirst().whole.millis()),
                Medians.ofRatios(millis, contenders.getLast().whole.millis()),
                clock.leastMillis());
    }

    @Override
    public void close() {
        contenders.forEach(contender -> contender.generator.close());
    }
}
