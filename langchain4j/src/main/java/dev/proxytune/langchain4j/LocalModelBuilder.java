package dev.proxytune.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.SharedGenerator;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a chat model is made of.
 *
 * @param <B> the builder itself
 */
public abstract sealed class LocalModelBuilder<B extends LocalModelBuilder<B>>
        permits ProxyTuningChatModel.Builder, ProxyTuningStreamingChatModel.Builder {
    private static final int USUAL_SEQUENCES = 4;

    private @Nullable LanguageModel model;
    private @Nullable SharedGenerator generator;
    private @Nullable PromptFormats formats;
    private String name = "proxytune";
    private Steering steering = Steering.DEFAULT;
    private int sequences = USUAL_SEQUENCES;
    private int contextLength;
    private ProxyTuningChatRequestParameters defaults =
            ProxyTuningChatRequestParameters.builder().build();
    private List<ChatModelListener> listeners = List.of();

    LocalModelBuilder() {}

    abstract B self();

    /** Answer by this model, a single one or a target with its experts, which stays the caller's to close. */
    public B model(LanguageModel value) {
        this.model = value;
        return self();
    }

    /**
     * Answer by a generator, which several chat models may share, and which stays the caller's to close; its model is
     * then the one that answers, and its size the one that counts.
     */
    public B generator(SharedGenerator value) {
        this.generator = value;
        return self();
    }

    /** Let the roles read conversations this way; otherwise by their templates, or plain text where there is none. */
    public B formats(PromptFormats value) {
        this.formats = value;
        return self();
    }

    /** Call the model this in responses; {@code proxytune} otherwise. */
    public B modelName(String value) {
        this.name = value;
        return self();
    }

    /**
     * Weigh all expert pairs where a request names no weight.
     *
     * @param value finite; 1 otherwise, as in the paper
     */
    public B alpha(double value) {
        return steering(Steering.of((float) value));
    }

    /** Weigh the expert pairs where a request names no weight. */
    public B steering(Steering value) {
        this.steering = value;
        return self();
    }

    /** Let this many answers run at once, 1 or more; {@value #USUAL_SEQUENCES} otherwise. Further ones wait. */
    public B sequences(int value) {
        this.sequences = value;
        return self();
    }

    /**
     * Give each answer and its prompt room for this many tokens; otherwise as many as the model was made for, but not
     * more than 4096.
     */
    public B contextLength(int value) {
        this.contextLength = value;
        return self();
    }

    /**
     * Take these parameters where a request has none; α, seed and min-p are in {@link
     * ProxyTuningChatRequestParameters}. Otherwise the likeliest token is taken each time, as far as there is room.
     */
    public B defaultRequestParameters(ChatRequestParameters value) {
        this.defaults =
                ProxyTuningChatRequestParameters.builder().overrideWith(value).build();
        return self();
    }

    /** Tell these listeners of requests, responses and failures. */
    public B listeners(List<ChatModelListener> value) {
        this.listeners = List.copyOf(value);
        return self();
    }

    /**
     * Open what answers.
     *
     * @throws IllegalStateException if there is neither a model nor a generator
     * @throws dev.proxytune.CapacityException if the contexts do not fit into memory
     */
    LocalModel open() {
        boolean owned = generator == null;
        SharedGenerator chosen = generator;
        if (chosen == null) {
            if (model == null) {
                throw new IllegalStateException("A chat model needs a model or a generator");
            }
            DecoderOptions size = DecoderOptions.DEFAULT.withSequences(sequences);
            chosen = SharedGenerator.open(
                    model, contextLength == 0 ? size.withUsualContext(model) : size.withContextLength(contextLength));
        }
        try {
            PromptFormats reading = formats == null ? PromptFormats.auto(chosen.model()) : formats;
            var requests = new Requests(chosen.model(), reading, name, steering);
            return new LocalModel(requests, chosen, owned, defaults, listeners);
        } catch (RuntimeException | Error e) {
            if (owned) {
                chosen.close();
            }
            throw e;
        }
    }
}
