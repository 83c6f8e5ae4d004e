package dev.proxytune.llama;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Route llama.cpp's log to a {@link Logger}, and keep the reason why a call failed for the exception that reports it.
 *
 * <p>llama.cpp says much: what it calls information is logged as debug here, what it calls a warning too. An error is
 * a warning, unless the call it came from runs within {@link #explaining}, whose caller tells the user itself.
 */
final class LlamaLog {
    /** Values of {@code ggml_log_level}. */
    private static final int DEBUG = 1;

    private static final int ERROR = 4;
    private static final int CONTINUATION = 5;

    private static final Logger LOGGER = System.getLogger("dev.proxytune.llama");
    private static final ThreadLocal<@Nullable Reason> REASON = new ThreadLocal<>();
    private static final ThreadLocal<@Nullable Consumer<String>> READER = new ThreadLocal<>();

    private LlamaLog() {}

    /** Send llama.cpp's log here from now on, for the life of the process. */
    @SuppressWarnings("restricted")
    static void install() {
        try {
            MethodHandle receive = MethodHandles.lookup()
                    .findStatic(
                            LlamaLog.class,
                            "receive",
                            MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
            FunctionDescriptor type = FunctionDescriptor.ofVoid(Native.INT, Native.POINTER, Native.POINTER);
            BackendApi.logSet(Linker.nativeLinker().upcallStub(receive, type, Arena.global()));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("The method is in this class", e);
        }
    }

    /** Run a call of this thread into llama.cpp, and keep what errors it logs. */
    static <T> Explained<T> explaining(Supplier<T> call) {
        Reason reason = new Reason();
        REASON.set(reason);
        try {
            return new Explained<>(call.get(), reason.text());
        } finally {
            REASON.remove();
        }
    }

    /** Run calls of this thread into llama.cpp, and hand over each line that they log. */
    static <T> T reading(Consumer<String> reader, Supplier<T> calls) {
        READER.set(reader);
        try {
            return calls.get();
        } finally {
            READER.remove();
        }
    }

    /** Called by llama.cpp, from any thread; an exception that left here would end the process. */
    @SuppressWarnings("UnusedMethod")
    private static void receive(int level, MemorySegment text, MemorySegment unused) {
        try {
            Reason reason = level >= ERROR ? REASON.get() : null;
            Level to = level == ERROR && reason == null ? Level.WARNING : level == DEBUG ? Level.TRACE : Level.DEBUG;
            Consumer<String> reader = READER.get();
            if (reason == null && reader == null && !LOGGER.isLoggable(to)) {
                return;
            }
            String line = Native.string(text).orElse("").strip();
            if (reader != null) {
                reader.accept(line);
            }
            if (reason != null) {
                reason.add(level, line);
            }
            if (!line.isEmpty()) {
                LOGGER.log(to, line);
            }
        } catch (Throwable ignored) {
            // Nothing can be told from here: the log itself does not work.
        }
    }

    /**
     * A call's result and why it failed, if it did.
     *
     * @param reason the first error that llama.cpp logged during the call
     */
    record Explained<T>(T result, Optional<String> reason) {

        /** Return the reason as the end of a message, or nothing. */
        String suffix() {
            return reason.map(text -> " (llama.cpp: " + text + ")").orElse("");
        }
    }

    /** The first error is the cause; what follows says that its callers failed too. */
    private static final class Reason {
        private static final int LONGEST = 300;

        private final StringBuilder line = new StringBuilder();
        private boolean complete;

        private void add(int level, String text) {
            if (level == CONTINUATION ? line.isEmpty() : !line.isEmpty()) {
                complete = true;
            }
            if (!complete && line.length() < LONGEST) {
                line.append(line.isEmpty() ? "" : " ").append(text.replaceAll("\\s+", " "));
            }
        }

        private Optional<String> text() {
            // llama.cpp begins its lines with the name of the C function, which tells a user nothing.
            String text = line.toString().replaceFirst("^\\w+: ", "");
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(text.length() > LONGEST ? text.substring(0, LONGEST) + " …" : text);
        }
    }
}
