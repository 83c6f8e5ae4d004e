package dev.proxytune.hub;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Lock a file with the system call {@code flock}, as huggingface_hub does.
 *
 * <p>Java's own file locks are POSIX record locks, which Linux keeps apart from those of {@code flock}: each gets its
 * lock while the other holds the file. The kernel frees a lock of {@code flock} when its process ends, however it ends.
 */
@SuppressWarnings("restricted") // for Linker.downcallHandle
final class Flock implements AutoCloseable {
    private static final boolean MAC = name().startsWith("mac");
    private static final boolean KNOWN = MAC || name().startsWith("linux");

    private static final int READ_WRITE = 2;
    private static final int CREATE = MAC ? 0x200 : 0x40;
    private static final int CLOSE_ON_EXEC = MAC ? 0x1000000 : 0x80000;
    /** Others of the same group may wait for the lock too. */
    private static final int MODE = 0664;

    private static final int EXCLUSIVE = 2;
    private static final int NOT_BLOCKING = 4;
    private static final int INTERRUPTED = 4;
    private static final int DENIED = 13;
    private static final int HELD = MAC ? 35 : 11;

    private final Calls calls;
    private final int descriptor;

    private Flock(Calls calls, int descriptor) {
        this.calls = calls;
        this.descriptor = descriptor;
    }

    private static String name() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    }

    /** The functions of the C library; made when a lock is first wanted. */
    private record Calls(
            MethodHandle open, MethodHandle flock, MethodHandle close, VarHandle errno, StructLayout state) {
        static final Optional<Calls> AVAILABLE = KNOWN ? find() : Optional.empty();

        private static Optional<Calls> find() {
            try {
                Linker linker = Linker.nativeLinker();
                StructLayout state = Linker.Option.captureStateLayout();
                Linker.Option capture = Linker.Option.captureCallState("errno");
                var ints = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
                var opening = FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
                var closing = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
                return Optional.of(new Calls(
                        linker.downcallHandle(
                                symbol(linker, "open"), opening, capture, Linker.Option.firstVariadicArg(2)),
                        linker.downcallHandle(symbol(linker, "flock"), ints, capture),
                        linker.downcallHandle(symbol(linker, "close"), closing),
                        state.varHandle(MemoryLayout.PathElement.groupElement("errno")),
                        state));
            } catch (RuntimeException e) {
                // Native access is denied, or the C library lacks a function: the caller has another kind of lock.
                return Optional.empty();
            }
        }

        private static MemorySegment symbol(Linker linker, String function) {
            return linker.defaultLookup().find(function).orElseThrow();
        }
    }

    /** Return whether this system has such locks. */
    static boolean isAvailable() {
        return Calls.AVAILABLE.isPresent();
    }

    /** What an attempt came to. */
    sealed interface Attempt {
        /** The lock is held. */
        record Taken(Flock lock) implements Attempt {}

        /** Another process, or another thread of this one, has it. */
        record Busy() implements Attempt {}

        /** The file cannot be opened, or its file system has no such locks. */
        record Impossible() implements Attempt {}
    }

    /** Try to lock a file, which is created if it is not there. */
    static Attempt attempt(Path file) {
        Calls calls = Calls.AVAILABLE.orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(calls.state());
            int descriptor = (int) calls.open()
                    .invokeExact(state, arena.allocateFrom(file.toString()), READ_WRITE | CREATE | CLOSE_ON_EXEC, MODE);
            if (descriptor < 0) {
                return new Attempt.Impossible();
            }
            int result = (int) calls.flock().invokeExact(state, descriptor, EXCLUSIVE | NOT_BLOCKING);
            if (result == 0) {
                return new Attempt.Taken(new Flock(calls, descriptor));
            }
            int reason = (int) calls.errno().get(state, 0L);
            int closed = (int) calls.close().invokeExact(descriptor);
            boolean held = closed <= 0 && (reason == HELD || reason == DENIED || reason == INTERRUPTED);
            return held ? new Attempt.Busy() : new Attempt.Impossible();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("A call of the C library threw", e);
        }
    }

    /** Free the lock; the file stays, as removing it would let two processes lock two files of one name. */
    @Override
    public void close() {
        try {
            int closed = (int) calls.close().invokeExact(descriptor);
            assert closed <= 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("A call of the C library threw", e);
        }
    }
}
