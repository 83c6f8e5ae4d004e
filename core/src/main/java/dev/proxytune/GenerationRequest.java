package dev.proxytune;

import java.util.List;

/**
 * Ask for one answer.
 *
 * @param prompt what each role reads first
 * @param steering the weights of the expert pairs
 * @param sampling how tokens are drawn
 * @param maxTokens the most tokens to generate, 0 or more; the context ends the answer too
 * @param stops texts that end the answer and are not part of it; none of them empty
 * @param report what to tell about each token
 */
public record GenerationRequest(
        Prompt prompt, Steering steering, Sampling sampling, int maxTokens, List<String> stops, Report report) {

    public GenerationRequest {
        Checks.require(maxTokens >= 0, "the number of tokens must be 0 or more", maxTokens);
        stops = List.copyOf(stops);
        Checks.require(stops.stream().noneMatch(String::isEmpty), "a stop string must not be empty", stops);
    }

    /** Ask for the likeliest continuation at α = 1, as long as the context allows. */
    public static GenerationRequest of(Prompt prompt) {
        return new GenerationRequest(
                prompt, Steering.DEFAULT, Sampling.GREEDY, Integer.MAX_VALUE, List.of(), Report.NONE);
    }

    public GenerationRequest withSteering(Steering value) {
        return new GenerationRequest(prompt, value, sampling, maxTokens, stops, report);
    }

    /** Weigh all pairs with α. */
    public GenerationRequest withAlpha(float alpha) {
        return withSteering(Steering.of(alpha));
    }

    public GenerationRequest withSampling(Sampling value) {
        return new GenerationRequest(prompt, steering, value, maxTokens, stops, report);
    }

    public GenerationRequest withMaxTokens(int value) {
        return new GenerationRequest(prompt, steering, sampling, value, stops, report);
    }

    public GenerationRequest withStops(List<String> value) {
        return new GenerationRequest(prompt, steering, sampling, maxTokens, value, report);
    }

    public GenerationRequest withReport(Report value) {
        return new GenerationRequest(prompt, steering, sampling, maxTokens, stops, value);
    }
}
