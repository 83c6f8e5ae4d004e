package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.ExpertPair;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.PromptFormats;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Holds a model, and the contexts that are open on it and its parts from one turn to the next: of a conversation that
 * grows, each computes only what is new. It does not own the model. One thread at a time.
 */
final class ChatModels implements AutoCloseable {
    /**
     * Name a model that can be asked.
     *
     * @param reads makes of what all roles read what this one does
     * @param plain whether all that is heard in its answers reads plain text, and so may never have been told to answer
     */
    record Speaker(String name, LanguageModel model, UnaryOperator<PromptText> reads, boolean plain) {}

    private final LanguageModel model;
    private final PromptFormats formats;
    private final int contextLength;
    private final Speculation speculation;
    private final IdentityHashMap<LanguageModel, Generator> generators = new IdentityHashMap<>();

    ChatModels(LanguageModel model, PromptFormats formats, int contextLength, Speculation speculation) {
        this.model = model;
        this.formats = formats;
        this.contextLength = contextLength;
        this.speculation = speculation;
    }

    /** Return the number of expert pairs. */
    int pairs() {
        return model instanceof ProxyTunedModel trio ? trio.pairs().size() : 0;
    }

    int contextLength() {
        return contextLength;
    }

    /** Return the whole model, steered by its pairs with these weights. */
    Speaker whole(List<Float> alphas) {
        boolean plain = formats.isTargetPlain()
                && IntStream.range(0, alphas.size())
                        .filter(pair -> alphas.get(pair) != 0)
                        .allMatch(formats::isExpertPlain);
        return new Speaker("proxy-tuned", model, UnaryOperator.identity(), plain);
    }

    /** Return the parts that make sense alone: the target and the experts. */
    List<Speaker> parts() {
        List<Speaker> parts = new ArrayList<>();
        if (model instanceof ProxyTunedModel trio) {
            parts.add(new Speaker(
                    "target alone", trio.target(), text -> PromptText.of(text.target()), formats.isTargetPlain()));
            for (int index = 0; index < trio.pairs().size(); index++) {
                int pair = index;
                String number = trio.pairs().size() == 1 ? "" : " " + (pair + 1);
                ExpertPair models = trio.pairs().get(pair);
                models.expert()
                        .ifPresent(expert -> parts.add(new Speaker(
                                "expert" + number + " alone",
                                expert,
                                text -> PromptText.of(text.expert(pair)),
                                formats.isExpertPlain(pair))));
            }
        }
        return parts;
    }

    /**
     * Return what a model reads of a conversation.
     *
     * @throws dev.proxytune.ProxyTuneException if a template refuses it
     */
    Prompt prompt(Speaker speaker, Conversation conversation) {
        PromptText text = speaker.reads().apply(formats.format(conversation));
        try {
            return speaker.model().tokenize(text);
        } catch (IllegalArgumentException e) {
            throw new InputException("The prompt format leaves nothing to read of this conversation", e);
        }
    }

    /** Return what a model answers with, open from its first answer on. */
    Generator generator(Speaker speaker) {
        return generators.computeIfAbsent(
                speaker.model(),
                asked -> Generator.open(
                        asked,
                        DecoderOptions.DEFAULT.withContextLength(Math.min(contextLength, asked.contextLength())),
                        speculation));
    }

    @Override
    public void close() {
        generators.values().forEach(Generator::close);
    }
}
