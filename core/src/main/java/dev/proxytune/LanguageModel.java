package dev.proxytune;

import java.util.Optional;

/**
 * Predict the next token of a text: a single model, a proxy-tuned one, or anything else that yields logits.
 *
 * <p>A model holds the weights and is shared: all methods may be called from any thread. What belongs to running texts
 * is in the {@link Decoder}s it opens.
 */
public interface LanguageModel extends AutoCloseable {

    /** Return the tokens whose logits the rows of this model hold; ids run from 0 to {@code vocabulary().size() - 1}. */
    Vocabulary vocabulary();

    /** Return the longest text in tokens, prompt and answer together, that this model was made for. */
    int contextLength();

    /** Return the Jinja template that turns a conversation into what this model, or the target, was tuned to read. */
    default Optional<String> chatTemplate() {
        return Optional.empty();
    }

    /**
     * Turn a prompt text into token ids, for each role by the tokenizer of the model in that role.
     *
     * <p>A beginning-of-text token is added where the model asks for one.
     */
    Prompt tokenize(PromptText text);

    /**
     * Make a constraint that lets answers be only what a grammar derives.
     *
     * @param grammar rules in GBNF, the notation of llama.cpp, of which {@code root} is the answer
     * @throws ConstraintException if the grammar is wrong, or larger than is sensible
     * @throws UnsupportedCapabilityException if this model cannot be constrained
     */
    default TokenConstraint constraint(String grammar) {
        throw new UnsupportedCapabilityException(
                "This model's answers cannot be held to a grammar; a target in a GGUF file can");
    }

    /** Return whether another model gives the same rows for the same texts, so that one of them can stand for both. */
    default boolean isSameAs(LanguageModel other) {
        return equals(other);
    }

    /**
     * Open a decoder with its own KV cache.
     *
     * @throws CapacityException if the cache does not fit into memory, or the model cannot run as many sequences
     */
    Decoder open(DecoderOptions options);

    /**
     * Release the weights once the last decoder is closed too. Closing twice, or before the decoders, is allowed; a
     * closed model opens no further decoder.
     */
    @Override
    void close();
}
