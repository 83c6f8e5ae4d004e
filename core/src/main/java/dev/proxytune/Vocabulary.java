package dev.proxytune;

import java.util.OptionalInt;

/**
 * Map token ids to texts and texts to token ids.
 *
 * <p>Immutable and thread-safe. Ids run from 0 to {@link #size} − 1; others are an {@link IndexOutOfBoundsException}.
 */
public interface Vocabulary {

    /** Return the number of tokens, padding included: the width of the model's rows. */
    int size();

    /** Return the tokenizer's algorithm, as llama.cpp names it: {@code SPM}, {@code BPE}, {@code WPM}, {@code UGM} … */
    String type();

    /** Return the token's text as the vocabulary stores it ({@code Ġthe}, {@code ▁the}, {@code <0x0A>}). */
    String text(int id);

    /** Return whether the entry only pads the table and stands for no text. */
    boolean isPadding(int id);

    /** Return whether the token steers the model and is not part of a text, such as {@code <s>}. */
    boolean isControl(int id);

    /** Return whether an answer ends with this token. */
    boolean isEndOfGeneration(int id);

    /** Return the token that begins a text, if the model has one. */
    OptionalInt bos();

    /** Return the token that ends a text, if the model has one. */
    OptionalInt eos();

    /** Return the token that ends a turn of a conversation, if the model has one. */
    OptionalInt eot();

    /** Return the bytes that the token adds to an answer, in UTF-8 but possibly a part of a character; none for control tokens. */
    byte[] bytes(int id);

    /**
     * Turn text into token ids.
     *
     * @param addSpecial whether to add the beginning and end tokens that the model asks for
     * @param parseSpecial whether special tokens written out in the text become those tokens, or stay text
     */
    int[] tokenize(String text, boolean addSpecial, boolean parseSpecial);

    /**
     * Turn token ids into the UTF-8 bytes of their text.
     *
     * @param removeSpecial whether to leave out the beginning and end tokens that the model asks for
     * @param unparseSpecial whether special tokens appear written out, or not at all
     */
    byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial);
}
