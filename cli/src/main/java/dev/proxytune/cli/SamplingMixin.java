package dev.proxytune.cli;

import dev.proxytune.Penalties;
import dev.proxytune.Sampling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for how tokens are drawn and when the answer ends. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SamplingMixin {
    /** The most tokens of an answer where nobody has said. */
    static final int USUAL_LENGTH = 512;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-n", "--predict", "--n-predict"},
            paramLabel = "N",
            defaultValue = "" + SamplingMixin.USUAL_LENGTH,
            description = "The most tokens to generate, ${DEFAULT-VALUE} by default; -1 until the context is full.")
    private int predict;

    @Option(
            names = {"-r", "--reverse-prompt", "--stop"},
            paramLabel = "TEXT",
            description = "End the answer before this text. May be given several times.")
    private List<String> stops = new ArrayList<>();

    @Option(
            names = "--temp",
            paramLabel = "T",
            defaultValue = "0",
            description = "Temperature; ${DEFAULT-VALUE}, the default, takes the likeliest token each time.")
    private float temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draw from the K likeliest tokens; 0 for all.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw from the likeliest tokens whose probabilities reach P; 1 for all.")
    private float topP;

    @Option(
            names = "--min-p",
            paramLabel = "P",
            defaultValue = "0",
            description = "Draw no token less likely than P times the likeliest; 0 for all.")
    private float minP;

    @Option(
            names = "--repeat-penalty",
            paramLabel = "X",
            defaultValue = "1",
            description = "Divide logits of tokens that appeared by X; 1 for none.")
    private float repeatPenalty;

    @Option(
            names = "--repeat-last-n",
            paramLabel = "N",
            defaultValue = "64",
            description = "How many of the last tokens the penalties look at; -1 for all.")
    private int repeatLastN;

    @Option(
            names = "--presence-penalty",
            paramLabel = "X",
            defaultValue = "0",
            description = "What the logit of a token that appeared loses.")
    private float presencePenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "X",
            defaultValue = "0",
            description = "What a logit loses for each time that the token appeared.")
    private float frequencyPenalty;

    @Option(
            names = {"-l", "--logit-bias"},
            paramLabel = "ID(+/-)X",
            description = "Add X to the logit of a token, or subtract it: 13+1.5, 13-1.5; 13-inf bans the token.")
    private List<String> biases = new ArrayList<>();

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "-1",
            description = "The same seed, the same text; -1, the default, chooses and shows one.")
    private long seed;

    /** Return the most tokens to generate, or -1. */
    int predict() {
        Usage.require(predict >= -1, command, "--predict must be -1 or more, got: " + predict);
        return predict;
    }

    List<String> stops(boolean escape) {
        List<String> texts = new ArrayList<>();
        for (String stop : stops) {
            try {
                texts.add(escape ? Escapes.process(stop, "The text of --stop with its escapes replaced") : stop);
            } catch (MalformedTextException e) {
                throw Usage.wrong(command, e);
            }
            Usage.require(!texts.getLast().isEmpty(), command, "--stop must not be empty");
        }
        return texts;
    }

    /** Return whether the seed matters and is not given, so that the one chosen should be shown. */
    boolean isSeedChosen() {
        return seed == -1 && temperature > 0;
    }

    Sampling sampling() {
        Usage.require(seed >= -1, command, "--seed must be -1 or more, got: " + seed);
        Sampling sampling = check("--temp", () -> Sampling.atTemperature(temperature));
        sampling = with("--top-k", sampling, s -> s.withTopK(topK));
        sampling = with("--top-p", sampling, s -> s.withTopP(topP));
        sampling = with("--min-p", sampling, s -> s.withMinP(minP));
        sampling = with("--logit-bias", sampling, s -> s.withLogitBias(logitBias()));
        check("--repeat-penalty", () -> new Penalties(repeatPenalty, 0, 0, 0));
        check("--frequency-penalty", () -> new Penalties(1, frequencyPenalty, 0, 0));
        check("--presence-penalty", () -> new Penalties(1, 0, presencePenalty, 0));
        Penalties penalties = check(
                "--repeat-last-n", () -> new Penalties(repeatPenalty, frequencyPenalty, presencePenalty, repeatLastN));
        // As many bits as llama.cpp's seeds have: short enough to type again.
        long start = seed == -1 ? RandomGenerator.getDefault().nextLong(1L << 32) : seed;
        return sampling.withPenalties(penalties).withSeed(start);
    }

    /** Say what is chosen. */
    void describe(Map<String, @Nullable Object> settings) {
        settings.put("max_tokens", predict);
        settings.put("stop", stops);
        settings.put("temperature", Json.number(temperature));
        settings.put("top_k", topK);
        settings.put("top_p", Json.number(topP));
        settings.put("min_p", Json.number(minP));
        settings.put("penalties", List.of(repeatPenalty, frequencyPenalty, presencePenalty, repeatLastN));
        settings.put("logit_bias", biases);
        settings.put("seed", seed);
    }

    private <T> T check(String option, Supplier<T> value) {
        return Usage.value(command, option, value);
    }

    private Sampling with(String option, Sampling sampling, UnaryOperator<Sampling> change) {
        return Usage.value(command, option, () -> change.apply(sampling));
    }

    private Map<Integer, Float> logitBias() {
        Map<Integer, Float> sum = new HashMap<>();
        for (String bias : biases) {
            int sign = 0;
            while (sign < bias.length() && bias.charAt(sign) != '+' && bias.charAt(sign) != '-') {
                sign++;
            }
            try {
                int id = Integer.parseInt(bias.substring(0, sign));
                String number = bias.substring(sign + 1);
                float value = number.equalsIgnoreCase("inf") ? Float.POSITIVE_INFINITY : Float.parseFloat(number);
                sum.merge(id, bias.charAt(sign) == '-' ? -value : value, Float::sum);
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        "a token id, + or -, and a number are expected, such as 13-1.5, got: " + bias, e);
            }
        }
        return sum;
    }
}
