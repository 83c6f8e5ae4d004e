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
 * @param until where it ends at the latest
 * @param trace whether to show what the experts changed of each token
 */
record ChatSettings(
        List<Float> alphas, Sampling sampling, int most, List<String> stops, ChatOptions.Until until, boolean trace) {

    ChatSettings {
        alphas = List.copyOf(alphas);
        stops = List.copyOf(stops);
        alphas.forEach(Steering::of);
    }

    ChatSettings withAlphas(List<Float> value) {
        return new ChatSettings(value, sampling, most, stops, until, trace);
    }

    ChatSettings withSampling(Sampling value) {
        return new ChatSettings(alphas, value, most, stops, until, trace);
    }

    ChatSettings withTrace(boolean value) {
        return new ChatSettings(alphas, sampling, most, stops, until, value);
    }

    Steering steering() {
        return (pair, position) -> alphas.get(pair);
    }

    /**
     * Return whether an answer ends with its first line that is not empty.
     *
     * @param plain whether who answers may never have been told to
     */
    boolean isOneLine(boolean plain) {
        return switch (until) {
            case LINE -> true;
            case END -> false;
            case AUTO -> plain && stops.isEmpty();
        };
    }

    /** Return the weights as a user writes them. */
    String alphaText() {
        return alphas.stream().map(ChatSettings::text).collect(Collectors.joining(" "));
    }

    static String text(float number) {
        return Float.toString(number).replaceFirst("\\.0$", "");
    }
}
