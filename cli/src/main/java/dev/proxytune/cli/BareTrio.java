package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.llama.BareDecoder;
import dev.proxytune.llama.LlamaModel;
import java.util.List;

/**
 * Decode prompts and answers on three bare contexts, one by one or side by side: what a benchmark of many answers
 * compares itself with. One owner thread; it does not own the models.
 */
final class BareTrio implements AutoCloseable {
    private final List<BareDecoder> alone;
    private final List<BareDecoder> together;

    /**
     * Open three contexts of one sequence and three of many.
     *
     * @param batch the most answers side by side
     * @param contextLength tokens of a prompt and its answer
     */
    BareTrio(List<LlamaModel> models, int batch, int contextLength) {
        this.alone = open(models, 1, contextLength);
        this.together = open(models, batch, contextLength);
    }

    private static List<BareDecoder> open(List<LlamaModel> models, int sequences, int contextLength) {
        var options = DecoderOptions.DEFAULT.withSequences(sequences).withContextLength(contextLength);
        return models.stream().map(model -> model.openBare(options)).toList();
    }

    /**
     * Return how many tokens the longest of the prompts and its answer take.
     *
     * @throws InputException if that is more than a model reads
     */
    static int contextLength(List<LlamaModel> models, List<Prompt> prompts, int tokens) {
        int needed = prompts.stream().mapToInt(Prompt::longest).max().orElse(0) + tokens;
        for (LanguageModel model : models) {
            if (needed > model.contextLength()) {
                throw new InputException("The longest prompt and an answer have " + needed
                        + " tokens together, but a model reads only " + model.contextLength()
                        + ": give shorter questions, or a lower --tokens");
            }
        }
        return needed;
    }

    /**
     * Hold what is computed of a prompt.
     *
     * @param from how many of its first tokens are not, as a contender has them already
     */
    record Tail(Prompt prompt, int from) {
        static Tail whole(Prompt prompt) {
            return new Tail(prompt, 0);
        }

        int tokens() {
            return prompt.length() - from;
        }

        private int answer(int step) {
            return prompt.token(step % prompt.length());
        }

        private void feed(BareDecoder decoder, int sequence) {
            for (int place = from; place < prompt.length(); place++) {
                decoder.add(sequence, prompt.token(place), place == prompt.length() - 1);
            }
        }
    }

    /** Decode each prompt and an answer of some tokens, one after the other. */
    void decodeAlone(List<Tail> prompts, int tokens) {
        for (Tail prompt : prompts) {
            for (BareDecoder decoder : alone) {
                decoder.clear();
                prompt.feed(decoder, 0);
                decoder.decode();
            }
            for (int step = 1; step < tokens; step++) {
                for (BareDecoder decoder : alone) {
                    decoder.decode(prompt.answer(step));
                }
            }
        }
    }

    /** Decode the prompts and answers of some tokens side by side. */
    void decodeTogether(List<Tail> prompts, int tokens) {
        for (BareDecoder decoder : together) {
            decoder.clear();
            for (int i = 0; i < prompts.size(); i++) {
                prompts.get(i).feed(decoder, i);
            }
            decoder.decode();
        }
        for (int step = 1; step < tokens; step++) {
            for (BareDecoder decoder : together) {
                for (int i = 0; i < prompts.size(); i++) {
                    decoder.add(i, prompts.get(i).answer(step), true);
                }
                decoder.decode();
            }
        }
    }

    @Override
    public void close() {
        alone.forEach(BareDecoder::close);
        together.forEach(BareDecoder::close);
    }
}
