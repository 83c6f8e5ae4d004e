package dev.proxytune.cli;

import dev.proxytune.Batch;
import dev.proxytune.Capability;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Say how fast guessing ahead can be at best, by what rows cost each model alone and how often guesses are right. What
 * combining and drawing take comes on top.
 */
final class SpeculationBound {
    private static final int MOST_ROWS = Speculation.MOST + 1;
    private static final int WARM_UP = 1;

    private final double[] target;
    private final double[] expert;
    private final double[] antiExpert;
    private final double acceptance;

    /** Take costs in milliseconds, by the number of rows; those of 0 rows are not used. */
    SpeculationBound(double[] target, double[] expert, double[] antiExpert, double acceptance) {
        this.target = target.clone();
        this.expert = expert.clone();
        this.antiExpert = antiExpert.clone();
        this.acceptance = acceptance;
    }

    /**
     * Measure what decodes of 1 to 17 rows cost each model of a trio, the least of several times.
     *
     * @param acceptance how likely a guess is right if those before it are
     * @param times how often to measure
     */
    static SpeculationBound measure(ProxyTunedModel trio, Prompt prompt, double acceptance, int times) {
        var pair = trio.pairs().getFirst();
        return new SpeculationBound(
                costs(trio.target(), prompt, times),
                costs(pair.expert().orElseThrow(), prompt, times),
                costs(pair.antiExpert().orElseThrow(), prompt, times),
                acceptance);
    }

    private static double[] costs(LanguageModel model, Prompt prompt, int times) {
        double[] costs = new double[MOST_ROWS + 1];
        Arrays.fill(costs, Double.POSITIVE_INFINITY);
        var options = DecoderOptions.DEFAULT.withMaxRows(MOST_ROWS).withContextLength(prompt.length() + MOST_ROWS);
        try (var decoder = model.open(options)) {
            var batch = new Batch();
            var rewind = decoder.require(Capability.Rewind.class);
            decoder.decode(batch.start(0, prompt, Steering.DEFAULT, true));
            for (int time = -WARM_UP; time < times; time++) {
                for (int rows = 1; rows <= MOST_ROWS; rows++) {
                    batch.clear();
                    for (int i = 0; i < rows; i++) {
                        batch.append(0, prompt.token(i % prompt.length()), true);
                    }
                    long start = System.nanoTime();
                    decoder.decode(batch);
                    double millis = (System.nanoTime() - start) / 1e6;
                    costs[rows] = time < 0 ? costs[rows] : Math.min(costs[rows], millis);
                    rewind.rewind(0, 0);
                }
            }
        }
        return costs;
    }

    /**
     * Return how likely a guess is right if those before it are, by how many tokens a step yields that checks so many.
     *
     * @param tokens from 1 to one more than the guesses
     */
    static double acceptance(int guesses, double tokens) {
        double low = 0;
        double high = 1;
        for (int step = 0; step < Double.PRECISION; step++) {
            double middle = (low + high) / 2;
            if (tokens(guesses, middle) < tokens) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    /** Return how many tokens a step yields on average. */
    private static double tokens(int guesses, double acceptance) {
        double tokens = 0;
        double chance = 1;
        for (int token = 0; token <= guesses; token++) {
            tokens += chance;
            chance *= acceptance;
        }
        return tokens;
    }

    /** Return how likely a guess is right if those before it are. */
    double acceptance() {
        return acceptance;
    }

    /** Return the milliseconds that a token takes at best one of the {@link SpeculationBenchmark}'s ways. */
    double millis(String contender) {
        return switch (contender) {
            case SpeculationBenchmark.TARGET -> target[1];
            case SpeculationBenchmark.OFF -> millis(0);
            case SpeculationBenchmark.AUTO -> millis(bestGuesses());
            default -> millis(Integer.parseInt(contender));
        };
    }

    /** Return the milliseconds that a token takes on average where each step checks so many guesses. */
    double millis(int guesses) {
        int rows = guesses + 1;
        return (target[rows] + antiExpert[rows] + rows * expert[1]) / tokens(guesses, acceptance);
    }

    /** Return the number of guesses that makes a token cheapest, 0 if none does. */
    int bestGuesses() {
        int best = 0;
        for (int guesses = 1; guesses < MOST_ROWS; guesses++) {
            best = millis(guesses) < millis(best) ? guesses : best;
        }
        return best;
    }

    /** Return the costs of 1, 2, 3 … rows in milliseconds: of target, expert and anti-expert. */
    List<double[]> costs() {
        List<double[]> costs = new ArrayList<>();
        for (double[] role : List.of(target, expert, antiExpert)) {
            costs.add(Arrays.copyOfRange(role, 1, role.length));
        }
        return costs;
    }
}
