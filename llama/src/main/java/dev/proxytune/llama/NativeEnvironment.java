package dev.proxytune.llama;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Set variables of the environment that native libraries read when they are loaded; Java's own view stays as it is. */
public final class NativeEnvironment {
    private NativeEnvironment() {}

    /** Set a variable, unless it has a value or the system has no {@code setenv}. */
    @SuppressWarnings("restricted")
    public static void setIfAbsent(String name, String value) {
        var linker = Linker.nativeLinker();
        var function = linker.defaultLookup().find("setenv");
        if (function.isEmpty()) {
            return;
        }
        MethodHandle set = linker.downcallHandle(
                function.get(), FunctionDescriptor.of(Native.INT, Native.POINTER, Native.POINTER, Native.INT));
        try (Arena arena = Arena.ofConfined()) {
            int _ = (int) set.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
        } catch (Throwable t) {
            throw Native.impossible(t);
        }
    }
}
