package dev.proxytune.llama;

import static dev.proxytune.llama.Native.BOOL;
import static dev.proxytune.llama.Native.INT;
import static dev.proxytune.llama.Native.POINTER;
import static dev.proxytune.llama.Native.TRIVIAL;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Call what llama.cpp offers for vocabularies. Ids must be in range: llama.cpp ends the process if not. */
final class VocabularyApi {
    private static final MethodHandle SIZE =
            Native.bind("llama_vocab_n_tokens", FunctionDescriptor.of(INT, POINTER), TRIVIAL);
    private static final MethodHandle TYPE =
            Native.bind("llama_vocab_type", FunctionDescriptor.of(INT, POINTER), TRIVIAL);
    private static final MethodHandle TEXT =
            Native.bind("llama_vocab_get_text", FunctionDescriptor.of(POINTER, POINTER, INT), TRIVIAL);
    private static final MethodHandle ATTRIBUTES =
            Native.bind("llama_vocab_get_attr", FunctionDescriptor.of(INT, POINTER, INT), TRIVIAL);
    private static final MethodHandle IS_END =
            Native.bind("llama_vocab_is_eog", FunctionDescriptor.of(BOOL, POINTER, INT), TRIVIAL);
    private static final MethodHandle IS_CONTROL =
            Native.bind("llama_vocab_is_control", FunctionDescriptor.of(BOOL, POINTER, INT), TRIVIAL);
    private static final MethodHandle BOS = special("llama_vocab_bos");
    private static final MethodHandle EOS = special("llama_vocab_eos");
    private static final MethodHandle EOT = special("llama_vocab_eot");
    private static final MethodHandle TOKENIZE =
            Native.bind("llama_tokenize", FunctionDescriptor.of(INT, POINTER, POINTER, INT, POINTER, INT, BOOL, BOOL));
    private static final MethodHandle PIECE =
            Native.bind("llama_token_to_piece", FunctionDescriptor.of(INT, POINTER, INT, POINTER, INT, INT, BOOL));
    private static final MethodHandle DETOKENIZE = Native.bind(
            "llama_detokenize", FunctionDescriptor.of(INT, POINTER, POINTER, INT, POINTER, INT, BOOL, BOOL));

    private VocabularyApi() {}

    private static MethodHandle special(String name) {
        return Native.bind(name, FunctionDescriptor.of(INT, POINTER), TRIVIAL);
    }

    static int size(MemorySegment vocabulary) {
        return number(SIZE, vocabulary);
    }

    /** Return a {@code llama_vocab_type}. */
    static int type(MemorySegment vocabulary) {
        return number(TYPE, vocabulary);
    }

    static String text(MemorySegment vocabulary, int id) {
        try {
            return Native.string((MemorySegment) TEXT.invokeExact(vocabulary, id))
                    .orElse("");
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return a set of {@code llama_token_attr}. */
    static int attributes(MemorySegment vocabulary, int id) {
        try {
            return (int) ATTRIBUTES.invokeExact(vocabulary, id);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static boolean isEnd(MemorySegment vocabulary, int id) {
        try {
            return (boolean) IS_END.invokeExact(vocabulary, id);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static boolean isControl(MemorySegment vocabulary, int id) {
        try {
            return (boolean) IS_CONTROL.invokeExact(vocabulary, id);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static int bos(MemorySegment vocabulary) {
        return number(BOS, vocabulary);
    }

    static int eos(MemorySegment vocabulary) {
        return number(EOS, vocabulary);
    }

    static int eot(MemorySegment vocabulary) {
        return number(EOT, vocabulary);
    }

    /** Tokenise UTF-8; a negative result is the number of tokens that would have been needed. */
    static int tokenize(
            MemorySegment vocabulary, MemorySegment text, MemorySegment ids, boolean addSpecial, boolean parseSpecial) {
        try {
            return (int) TOKENIZE.invokeExact(
                    vocabulary,
                    text,
                    (int) text.byteSize(),
                    ids,
                    (int) (ids.byteSize() / Integer.BYTES),
                    addSpecial,
                    parseSpecial);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Write the bytes of a token; a negative result is the number of bytes that would have been needed. */
    static int piece(MemorySegment vocabulary, int id, MemorySegment bytes, boolean special) {
        try {
            return (int) PIECE.invokeExact(vocabulary, id, bytes, (int) bytes.byteSize(), 0, special);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Write the text of tokens; a negative result is the number of bytes that would have been needed. */
    static int detokenize(
            MemorySegment vocabulary,
            MemorySegment ids,
            MemorySegment bytes,
            boolean removeSpecial,
            boolean unparseSpecial) {
        try {
            return (int) DETOKENIZE.invokeExact(
                    vocabulary,
                    ids,
                    (int) (ids.byteSize() / Integer.BYTES),
                    bytes,
                    (int) bytes.byteSize(),
                    removeSpecial,
                    unparseSpecial);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static int number(MethodHandle function, MemorySegment vocabulary) {
        try {
            return (int) function.invokeExact(vocabulary);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
