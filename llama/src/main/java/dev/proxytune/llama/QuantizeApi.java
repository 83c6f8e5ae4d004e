package dev.proxytune.llama;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** Call llama.cpp's quantizer. */
final class QuantizeApi {
    private static final MethodHandle DEFAULT_PARAMS =
            Native.bind("llama_model_quantize_default_params", FunctionDescriptor.of(Structs.QUANTIZE_PARAMS));
    private static final MethodHandle QUANTIZE = Native.bind(
            "llama_model_quantize", FunctionDescriptor.of(Native.INT, Native.POINTER, Native.POINTER, Native.POINTER));

    /** The most bytes of rows in memory at once; the default of 8 GiB buys no speed. */
    private static final long BUFFER = 256L << 20;

    private QuantizeApi() {}

    /** Quantize a file, and return whether that went well as far as llama.cpp can tell. */
    static boolean quantize(Path source, Path destination, FileType type, int threads, boolean requantize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = (MemorySegment) DEFAULT_PARAMS.invokeExact((SegmentAllocator) arena);
            params.set(Native.INT, Structs.QuantizeParams.NTHREAD, threads);
            params.set(Native.INT, Structs.QuantizeParams.FTYPE, type.code());
            params.set(Native.BOOL, Structs.QuantizeParams.ALLOW_REQUANTIZE, requantize);
            params.set(Native.LONG, Structs.QuantizeParams.MAX_BUF_SIZE, BUFFER);
            MemorySegment from = arena.allocateFrom(source.toString());
            MemorySegment to = arena.allocateFrom(destination.toString());
            return (int) QUANTIZE.invokeExact(from, to, params) == 0;
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
