package dev.proxytune.springai;

import dev.proxytune.Cancellation;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationRequest;
import dev.proxytune.LanguageModel;
import dev.proxytune.SharedGenerator;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * Answer by a model in this process: Spring AI's {@link ChatModel}.
 *
 * <p>Thread-safe; requests of several threads are answered in one running batch, and what a prompt has in common with an
 * earlier one, such as the turns of a conversation before the last, is not computed again. Who cancels a stream ends its
 * answer before the next token; an interrupted thread gets a {@link dev.proxytune.CancelledException}.
 *
 * <p>Options that are wrong are an {@link IllegalArgumentException}, tools and media an {@link
 * UnsupportedOperationException}, and a prompt without room in the context a {@link dev.proxytune.CapacityException}.
 */
public final class ProxyTuningChatModel implements ChatModel, AutoCloseable {
    /** What observations call the provider. */
    static final String PROVIDER = "proxytune";

    private static final ChatModelObservationConvention USUAL_CONVENTION = new DefaultChatModelObservationConvention();

    private final Requests requests;
    private final SharedGenerator generator;
    private final boolean owned;
    private final ProxyTuningChatOptions options;
    private final ObservationRegistry observations;
    private final ChatModelObservationConvention convention;

    private ProxyTuningChatModel(Builder builder, SharedGenerator generator, PromptFormats formats) {
        this.requests = new Requests(generator.model(), formats, builder.name, builder.steering);
        this.generator = generator;
        this.owned = builder.generator == null;
        this.options = builder.options.mutate().model(builder.name).build();
        this.observations = builder.observations;
        this.convention = builder.convention;
    }

    public static Builder builder() {
        return new Builder();
    }

    @Override
    public ProxyTuningChatOptions getOptions() {
        return options;
    }

    @Override
    public ChatResponse call(Prompt prompt) {
        Prompt complete = complete(prompt);
        ChatModelObservationContext context = context(complete, false);
        ChatResponse response = observation(context).observe(() -> {
            ChatResponse made = new Responses(requests.name()).whole(generator.generate(request(complete)));
            context.setResponse(made);
            return made;
        });
        if (response == null) {
            throw new IllegalStateException("The observation returned no response");
        }
        return response;
    }

    /** Answer in pieces; the last one has no text, but the reason of the end and the numbers of tokens. */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(outer -> {
            Prompt complete = complete(prompt);
            ChatModelObservationContext context = context(complete, true);
            Observation observation = observation(context);
            start(observation, outer);
            Flux<ChatResponse> pieces = Flux.<ChatResponse>create(sink -> answer(complete, sink))
                    // Not in the thread that computes everybody's answers.
                    .publishOn(Schedulers.boundedElastic())
                    .doOnError(observation::error)
                    .doFinally(_ -> observation.stop())
                    .contextWrite(inner -> inner.put(ObservationThreadLocalAccessor.KEY, observation));
            return new MessageAggregator().aggregate(pieces, context::setResponse);
        });
    }

    private void answer(Prompt complete, FluxSink<ChatResponse> sink) {
        var responses = new Responses(requests.name());
        var cancellation = new Cancellation();
        sink.onDispose(cancellation::cancel);
        var _ = generator
                .submit(request(complete), cancellation, event -> {
                    if (!event.text().isEmpty()) {
                        sink.next(responses.piece(event.text()));
                    }
                })
                .whenComplete((completion, failure) -> {
                    if (failure != null) {
                        sink.error(failure);
                    } else {
                        sink.next(responses.end(completion));
                        sink.complete();
                    }
                });
    }

    /** Return the prompt with all options that hold for it. */
    private Prompt complete(Prompt prompt) {
        var given = prompt.getOptions();
        ProxyTuningChatOptions all = given == null
                ? options
                : options.mutate().combineWith(given.mutate()).build();
        return new Prompt(prompt.getInstructions(), all);
    }

    private GenerationRequest request(Prompt complete) {
        return requests.request(complete, complete.getOptions() instanceof ProxyTuningChatOptions own ? own : options);
    }

    private static ChatModelObservationContext context(Prompt complete, boolean streaming) {
        return ChatModelObservationContext.builder()
                .prompt(complete)
                .provider(PROVIDER)
                .streaming(streaming)
                .build();
    }

    private Observation observation(ChatModelObservationContext context) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                convention, USUAL_CONVENTION, () -> context, observations);
    }

    private static void start(Observation observation, ContextView outer) {
        Observation parent = outer.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
        if (parent == null) {
            observation.start();
            return;
        }
        observation.parentObservation(parent);
        try (Observation.Scope _ = parent.openScope()) {
            observation.start();
        }
    }

    /** Let answers that run fail, and free the contexts, not the model. Closing twice is allowed. */
    @Override
    public void close() {
        if (owned) {
            generator.close();
        }
    }

    /** Collects what a chat model is made of. */
    public static final class Builder {
        private static final int USUAL_SEQUENCES = 4;

        private @Nullable LanguageModel model;
        private @Nullable SharedGenerator generator;
        private @Nullable PromptFormats formats;
        private String name = "proxytune";
        private Steering steering = Steering.DEFAULT;
        private int sequences = USUAL_SEQUENCES;
        private int contextLength;
        private ProxyTuningChatOptions options =
                ProxyTuningChatOptions.builder().build();
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private ChatModelObservationConvention convention = USUAL_CONVENTION;

        private Builder() {}

        /** Answer by this model, a single one or a target with its experts, which stays the caller's to close. */
        public Builder model(LanguageModel value) {
            this.model = value;
            return this;
        }

        /** Answer by a generator, which stays the caller's to close; its model and its size are then those that count. */
        public Builder generator(SharedGenerator value) {
            this.generator = value;
            return this;
        }

        /** Let the roles read conversations this way; otherwise by their templates, or plain text where there is none. */
        public Builder formats(PromptFormats value) {
            this.formats = value;
            return this;
        }

        /** Call the model this; {@code proxytune} otherwise. */
        public Builder modelName(String value) {
            this.name = value;
            return this;
        }

        /** Weigh the expert pairs where neither a prompt nor the options name a weight; 1 otherwise, as in the paper. */
        public Builder steering(Steering value) {
            this.steering = value;
            return this;
        }

        /** Let this many answers run at once, 1 or more; {@value #USUAL_SEQUENCES} otherwise. Further ones wait. */
        public Builder sequences(int value) {
            this.sequences = value;
            return this;
        }

        /**
         * Give each answer and its prompt room for this many tokens; 0, as otherwise, for as many as the model was made
         * for, but not more than 4096.
         */
        public Builder contextLength(int value) {
            this.contextLength = value;
            return this;
        }

        /** Take these options where a prompt has none; otherwise the likeliest token each time, while there is room. */
        public Builder options(ProxyTuningChatOptions value) {
            this.options = value;
            return this;
        }

        /** Tell this registry of each answer. */
        public Builder observationRegistry(ObservationRegistry value) {
            this.observations = value;
            return this;
        }

        /** Describe observations this way. */
        public Builder observationConvention(ChatModelObservationConvention value) {
            this.convention = value;
            return this;
        }

        /**
         * Open the model's contexts, unless a generator is given.
         *
         * @throws IllegalStateException if there is neither a model nor a generator
         * @throws dev.proxytune.CapacityException if the contexts do not fit into memory
         */
        public ProxyTuningChatModel build() {
            SharedGenerator chosen = generator == null ? open() : generator;
            try {
                return new ProxyTuningChatModel(
                        this, chosen, formats == null ? PromptFormats.auto(chosen.model()) : formats);
            } catch (RuntimeException | Error e) {
                if (generator == null) {
                    chosen.close();
                }
                throw e;
            }
        }

        private SharedGenerator open() {
            if (model == null) {
                throw new IllegalStateException("A chat model needs a model or a generator");
            }
            DecoderOptions size = DecoderOptions.DEFAULT.withSequences(sequences);
            return SharedGenerator.open(
                    model, contextLength == 0 ? size.withUsualContext(model) : size.withContextLength(contextLength));
        }
    }
}
