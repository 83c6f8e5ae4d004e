package dev.proxytune.llama;

import dev.proxytune.gguf.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Decode elements by ggml's own reference functions. */
final class GgmlTypes {
    /** Offset of {@code to_float} in {@code ggml_type_traits}, and the size of these. */
    private static final long TO_FLOAT = 40;

    private static final long TRAITS = 56;

    private GgmlTypes() {}

    @SuppressWarnings("restricted")
    static float[] decode(TensorType type, byte[] stored, int count) {
        LlamaLibrary.load();
        MethodHandle traitsOf = Native.bind("ggml_get_type_traits", FunctionDescriptor.of(Native.POINTER, Native.INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment traits = ((MemorySegment) traitsOf.invokeExact(type.id())).reinterpret(TRAITS);
            MethodHandle decode = Native.bind(
                    traits.get(Native.POINTER, TO_FLOAT),
                    FunctionDescriptor.ofVoid(Native.POINTER, Native.POINTER, Native.LONG));
            MemorySegment from = arena.allocate(stored.length, 16);
            MemorySegment.copy(stored, 0, from, Native.BYTE, 0, stored.length);
            MemorySegment to = arena.allocate((long) count * Float.BYTES, 16);
            decode.invokeExact(from, to, (long) count);
            return to.toArray(Native.FLOAT);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
