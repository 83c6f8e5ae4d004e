package dev.proxytune.llama;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Bind C functions to method handles and C strings to Java ones. */
@SuppressWarnings("restricted")
final class Native {
    static final AddressLayout POINTER = ValueLayout.ADDRESS;
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    static final ValueLayout.OfBoolean BOOL = ValueLayout.JAVA_BOOLEAN;
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** For getters that return at once: no thread transition, and so no safepoint, around the call. */
    static final Linker.Option TRIVIAL = Linker.Option.critical(false);

    private Native() {}

    static MethodHandle bind(String name, FunctionDescriptor type, Linker.Option... options) {
        return bind(LlamaLibrary.symbols(), name, type, options);
    }

    static MethodHandle bind(SymbolLookup symbols, String name, FunctionDescriptor type, Linker.Option... options) {
        MemorySegment symbol = symbols.find(name)
                .orElseThrow(() -> new NativeLibraryException("The libraries of llama.cpp lack the function " + name
                        + ": they are not those of version " + LlamaLibrary.VERSION + " or are incomplete"));
        return Linker.nativeLinker().downcallHandle(symbol, type, options);
    }

    static MethodHandle bind(MemorySegment function, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(function, type);
    }

    /** Wrap what a call by {@code invokeExact} declares and a C function cannot throw. */
    static AssertionError impossible(Throwable thrown) {
        return new AssertionError("A call into llama.cpp failed before it got there", thrown);
    }

    static boolean isNull(MemorySegment pointer) {
        return pointer.address() == 0;
    }

    /** Read a C string; malformed UTF-8 is replaced. */
    static Optional<String> string(MemorySegment pointer) {
        return isNull(pointer)
                ? Optional.empty()
                : Optional.of(pointer.reinterpret(Long.MAX_VALUE).getString(0));
    }
}
