package dev.proxytune.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.proxytune.GenerationRequest;
import dev.proxytune.LanguageModel;
import dev.proxytune.Penalties;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Sampling;
import dev.proxytune.Steering;
import dev.proxytune.UnsupportedCapabilityException;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.JsonSchemaGrammar;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Turns LangChain4j's requests into those of one model.
 *
 * @param name what the model is called
 * @param steering the weights of its pairs where a request names none
 */
record Requests(LanguageModel model, PromptFormats formats, String name, Steering steering) {

    /**
     * Return what a request, merged with the defaults, asks for.
     *
     * @throws UnsupportedFeatureException if it asks for what these models cannot do
     * @throws ModelNotFoundException if it asks for another model
     * @throws InvalidRequestException if a value is out of range, or a template refuses the conversation
     */
    GenerationRequest request(ChatRequest request) {
        ChatRequestParameters parameters = request.parameters();
        refuseWhatCannotBeKept(parameters);
        try {
            GenerationRequest asked = GenerationRequest.of(
                            model.tokenize(formats.format(Messages.conversation(request.messages()))))
                    .withSteering(steering(parameters))
                    .withSampling(sampling(parameters))
                    .withStops(parameters.stopSequences());
            Integer most = parameters.maxOutputTokens();
            return most == null ? asked : asked.withMaxTokens(most);
        } catch (UnsupportedCapabilityException e) {
            throw new UnsupportedFeatureException(e.getMessage());
        } catch (ProxyTuneException | IllegalArgumentException e) {
            throw new InvalidRequestException(String.valueOf(e.getMessage()), e);
        }
    }

    private void refuseWhatCannotBeKept(ChatRequestParameters parameters) {
        if (!parameters.toolSpecifications().isEmpty()) {
            throw new UnsupportedFeatureException("Tools are not supported: these models answer in text alone");
        }
        if (parameters.toolChoice() == ToolChoice.REQUIRED) {
            throw new UnsupportedFeatureException("The tool choice REQUIRED is not supported: there are no tools");
        }
        String asked = parameters.modelName();
        if (asked != null && !asked.equals(name)) {
            throw new ModelNotFoundException("There is no model '" + asked + "': this one is called '" + name + "'");
        }
    }

    private Steering steering(ChatRequestParameters parameters) {
        return parameters instanceof ProxyTuningChatRequestParameters own
                ? own.alpha().map(Steering::of).orElse(steering)
                : steering;
    }

    private Sampling sampling(ChatRequestParameters parameters) {
        Sampling sampling = Sampling.atTemperature(or(parameters.temperature(), 0))
                .withTopP(topP(or(parameters.topP(), 1)))
                .withPenalties(new Penalties(
                        1,
                        or(parameters.frequencyPenalty(), 0),
                        or(parameters.presencePenalty(), 0),
                        Penalties.NONE.window()))
                .withSeed(RandomGenerator.getDefault().nextLong());
        Integer topK = parameters.topK();
        if (topK != null) {
            sampling = sampling.withTopK(topK);
        }
        if (parameters instanceof ProxyTuningChatRequestParameters own) {
            sampling =
                    sampling.withMinP(own.minP().orElse(0f)).withSeed(own.seed().orElse(sampling.seed()));
        }
        Optional<String> grammar = grammar(parameters.responseFormat());
        return grammar.isEmpty() ? sampling : sampling.withConstraint(model.constraint(grammar.get()));
    }

    private static float or(@Nullable Double value, float otherwise) {
        return value == null ? otherwise : value.floatValue();
    }

    /** Return what top-p means: 0 asks for the likeliest token alone, as the smallest of the positive numbers does. */
    private static float topP(float value) {
        return value == 0 ? Float.MIN_NORMAL : value;
    }

    private static Optional<String> grammar(@Nullable ResponseFormat format) {
        if (format == null || format.type() != ResponseFormatType.JSON) {
            return Optional.empty();
        }
        return Optional.of(
                format.jsonSchema() == null
                        ? JsonSchemaGrammar.anyObject()
                        : JsonSchemaGrammar.of(
                                JsonSchemaElementUtils.toMap(format.jsonSchema().rootElement())));
    }
}
