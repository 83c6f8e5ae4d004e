package dev.proxytune.springai;

import dev.proxytune.GenerationRequest;
import dev.proxytune.LanguageModel;
import dev.proxytune.Penalties;
import dev.proxytune.Sampling;
import dev.proxytune.Steering;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.JsonSchemaGrammar;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.MediaContent;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns Spring AI's prompts into requests to one model.
 *
 * @param name what the model is called
 * @param steering the weights of its pairs where a prompt names none
 */
record Requests(LanguageModel model, PromptFormats formats, String name, Steering steering) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * Return what a prompt asks for.
     *
     * @param options its options, merged with the defaults
     * @throws UnsupportedOperationException if it asks for what these models cannot do
     * @throws IllegalArgumentException if a value is out of range
     * @throws dev.proxytune.ProxyTuneException if a template refuses the conversation, or no answer can keep the schema
     */
    GenerationRequest request(Prompt prompt, ProxyTuningChatOptions options) {
        if (options.getToolCallbacks() != null && !options.getToolCallbacks().isEmpty()) {
            throw new UnsupportedOperationException("Tools are not supported: these models answer in text alone");
        }
        String asked = options.getModel();
        if (asked != null && !asked.equals(name)) {
            throw new IllegalArgumentException("There is no model '" + asked + "': this one is called '" + name + "'");
        }
        var conversation = Conversation.of(
                prompt.getInstructions().stream().map(Requests::message).toList());
        GenerationRequest request = GenerationRequest.of(model.tokenize(formats.format(conversation)))
                .withSteering(options.getAlpha() == null ? steering : Steering.of(or(options.getAlpha(), 0)))
                .withSampling(sampling(options))
                .withStops(stops(options));
        Integer most = options.getMaxTokens();
        return most == null ? request : request.withMaxTokens(most);
    }

    private static dev.proxytune.chat.Message message(Message message) {
        if (message instanceof MediaContent media && !media.getMedia().isEmpty()) {
            throw new UnsupportedOperationException("Media are not supported: these models read text alone");
        }
        String text = Objects.requireNonNullElse(message.getText(), "");
        return switch (message) {
            case SystemMessage _ -> dev.proxytune.chat.Message.system(text);
            case UserMessage _ -> dev.proxytune.chat.Message.user(text);
            case AssistantMessage assistant
            when !assistant.hasToolCalls() -> dev.proxytune.chat.Message.assistant(text);
            default ->
                throw new UnsupportedOperationException("Tools are not supported: a message of the type "
                        + message.getMessageType() + " has to do with them");
        };
    }

    private static List<String> stops(ProxyTuningChatOptions options) {
        // The client and the model merge the same defaults, which then are there twice.
        List<String> stops = options.getStopSequences();
        return stops == null ? List.of() : stops.stream().distinct().toList();
    }

    private Sampling sampling(ProxyTuningChatOptions options) {
        float topP = or(options.getTopP(), 1);
        Integer topK = options.getTopK();
        Long seed = options.getSeed();
        Sampling sampling = Sampling.atTemperature(or(options.getTemperature(), 0))
                .withTopK(topK == null ? 0 : topK)
                // 0 asks for the likeliest token alone, as the smallest of the positive numbers does.
                .withTopP(topP == 0 ? Float.MIN_NORMAL : topP)
                .withMinP(or(options.getMinP(), 0))
                .withPenalties(new Penalties(
                        1,
                        or(options.getFrequencyPenalty(), 0),
                        or(options.getPresencePenalty(), 0),
                        Penalties.NONE.window()))
                .withSeed(seed == null ? RandomGenerator.getDefault().nextLong() : seed);
        String schema = options.getOutputSchema();
        return schema == null ? sampling : sampling.withConstraint(model.constraint(grammar(schema)));
    }

    private static String grammar(String schema) {
        try {
            return JsonSchemaGrammar.of(MAPPER.readValue(schema, Object.class));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("The output schema is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static float or(@Nullable Double value, float otherwise) {
        return value == null ? otherwise : value.floatValue();
    }
}
