package dev.proxytune.springai;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Hold the properties of the auto-configuration.
 *
 * @param target the GGUF file of the model, which the experts steer if there are some
 * @param expert the GGUF file of the expert
 * @param antiExpert the GGUF file of the anti-expert
 * @param alpha the weight of the experts where a prompt names none
 * @param modelName what the model is called in responses and observations
 * @param format how the target reads conversations: {@code plain}, {@code chat}, {@code auto} or {@code chat-file=FILE}
 * @param expertFormat the same for the expert; the target's if there is none
 * @param antiExpertFormat the same for the anti-expert
 * @param sequences how many answers run at once
 * @param contextLength how many tokens each answer and its prompt have room for; 0 for the model's own, at most 4096
 * @param threads how many threads compute; 0 for the processor's cores
 * @param gpuLayers how many layers of each model go to the GPUs; −1 for all
 * @param options what holds for prompts that say nothing else
 */
@ConfigurationProperties("proxytune")
public record ProxyTuningProperties(
        @Nullable Path target,
        @Nullable Path expert,
        @Nullable Path antiExpert,
        @DefaultValue("1") float alpha,
        @DefaultValue("proxytune") String modelName,
        @DefaultValue("auto") String format,
        @Nullable String expertFormat,
        @Nullable String antiExpertFormat,
        @DefaultValue("4") int sequences,
        @DefaultValue("0") int contextLength,
        @DefaultValue("0") int threads,
        @DefaultValue("0") int gpuLayers,
        @DefaultValue Options options) {

    public ProxyTuningProperties {
        if (target == null && (expert != null || antiExpert != null)) {
            throw new IllegalArgumentException(
                    "proxytune.target is missing: proxytune.expert and proxytune.anti-expert need a model to steer");
        }
    }

    /**
     * Hold what holds for prompts that say nothing else.
     *
     * @param temperature 0, as otherwise, for the likeliest token each time
     * @param topP the sum of probabilities that may be drawn from
     * @param topK how many tokens may be drawn
     * @param minP how likely a token must be, beside the likeliest, to be drawn
     * @param maxTokens the most tokens of an answer; otherwise as many as there is room for
     * @param frequencyPenalty what a token loses for each time that it appeared
     * @param presencePenalty what a token loses if it appeared
     * @param seed the start of the random numbers
     * @param stopSequences texts that end an answer
     */
    public record Options(
            @Nullable Double temperature,
            @Nullable Double topP,
            @Nullable Integer topK,
            @Nullable Double minP,
            @Nullable Integer maxTokens,
            @Nullable Double frequencyPenalty,
            @Nullable Double presencePenalty,
            @Nullable Long seed,
            @Nullable List<String> stopSequences) {

        ProxyTuningChatOptions chatOptions() {
            return ProxyTuningChatOptions.builder()
                    .temperature(temperature)
                    .topP(topP)
                    .topK(topK)
                    .minP(minP)
                    .maxTokens(maxTokens)
                    .frequencyPenalty(frequencyPenalty)
                    .presencePenalty(presencePenalty)
                    .seed(seed)
                    .stopSequences(stopSequences)
                    .build();
        }
    }

    Path targetFile() {
        if (target == null) {
            throw new IllegalStateException("proxytune.target is missing");
        }
        return target;
    }

    Optional<Path> expertFile() {
        return Optional.ofNullable(expert);
    }

    Optional<Path> antiExpertFile() {
        return Optional.ofNullable(antiExpert);
    }
}
