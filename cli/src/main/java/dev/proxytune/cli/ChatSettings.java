package dev.proxytune.cli;

import dev.proxytune.Sampling;
import dev.proxytune.Steering;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Hold what a user can change about answers while a chat goes on, and what belongs to it.
 *
 * @param alphas the weight of each pair
 * @param sampling how tokens are drawn
 * @param most the most tokens of an answer
 * @param stops texts that end an answer
 * @param oneLine whether its first line that is not empty does
 * @param trace whether to show what the experts changed of each token
 */
record ChatSettings(
        List<Float> alphas, Sampling sampling, int most, List<String> stops, boolean oneLine, boolean trace) {

    ChatSettings {
        alphas = List.copyOf(alphas);
        stops = List.copyOf(stops);
        alphas.forEach(Steering::of);
    }

    ChatSettings withAlphas(List<Float> value) {
        return new ChatSettings(value, sampling, most, stops, oneLine, trace);
    }

    ChatSettings withSampling(Sampling value) {
        return new ChatSettings(alphas, value, most, stops, oneLine, trace);
    }

    ChatSettings withTrace(boolean value) {
        return new ChatSettings(alphas, sampling, most, stops, oneLine, value);
    }

    Steering steering() {
        return (pair, position) -> alphas.get(pair);
    }

    /** Return the weights as a user writes them. */
    String alphaText() {
        return alphas.stream().map(ChatSettings::text).collect(Collectors.joining(" "));
    }

    static String text(float number) {
        return Float.toString(number).replaceFirst("\\.0$", "");
    }
}
