package dev.proxytune.llama;

import static dev.proxytune.llama.Native.INT;
import static dev.proxytune.llama.Native.POINTER;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Call llama.cpp's sampler of grammars. A token that it does not allow must not be accepted: that ends the process. */
final class SamplerApi {
    private static final MethodHandle INIT_GRAMMAR =
            Native.bind("llama_sampler_init_grammar", FunctionDescriptor.of(POINTER, POINTER, POINTER, POINTER));
    private static final MethodHandle APPLY =
            Native.bind("llama_sampler_apply", FunctionDescriptor.ofVoid(POINTER, POINTER));
    private static final MethodHandle ACCEPT =
            Native.bind("llama_sampler_accept", FunctionDescriptor.ofVoid(POINTER, INT));
    private static final MethodHandle FREE = Native.bind("llama_sampler_free", FunctionDescriptor.ofVoid(POINTER));

    private SamplerApi() {}

    /** Return a sampler, or a null pointer if llama.cpp refuses the grammar. */
    static MemorySegment initGrammar(MemorySegment vocabulary, MemorySegment grammar, MemorySegment root) {
        try {
            return (MemorySegment) INIT_GRAMMAR.invokeExact(vocabulary, grammar, root);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Set the logits of tokens that are not allowed to minus infinity, in a {@code llama_token_data_array}. */
    static void apply(MemorySegment sampler, MemorySegment tokens) {
        try {
            APPLY.invokeExact(sampler, tokens);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void accept(MemorySegment sampler, int token) {
        try {
            ACCEPT.invokeExact(sampler, token);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void free(MemorySegment sampler) {
        try {
            FREE.invokeExact(sampler);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
