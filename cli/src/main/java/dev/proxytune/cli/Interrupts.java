package dev.proxytune.cli;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Let the first Ctrl-C, or another signal to stop, end what is under way in good order, and the second one the process.
 *
 * <p>Java's own answer to these signals would be to exit at once: with nothing printed of an answer that is nearly
 * there, or in the middle of native code that does not stand it. The only way to hear of a signal and live on is {@code
 * sun.misc.Signal}, which the module jdk.unsupported offers for this; it is called by name, since the compiler warns of
 * its direct use and cannot be told not to.
 */
final class Interrupts implements AutoCloseable {
    /** A signal, and the handler that it had before. */
    private record Replaced(StopSignal signal, Object before) {}

    private final List<Replaced> replaced = new ArrayList<>();

    private Interrupts() {}

    /** Run the action at the first Ctrl-C from now on, until closed. */
    static Interrupts handle(Runnable action) {
        return handle(_ -> action.run(), StopSignal.INTERRUPT);
    }

    /**
     * Run the action at the first of these signals from now on, until closed; the second, be it the same or another of
     * them, ends the process.
     */
    static Interrupts handle(Consumer<StopSignal> action, StopSignal... signals) {
        var again = new AtomicBoolean();
        var interrupts = new Interrupts();
        for (StopSignal signal : signals) {
            interrupts.install(signal, () -> {
                if (again.getAndSet(true)) {
                    Runtime.getRuntime().halt(signal.exitCode());
                }
                action.accept(signal);
            });
        }
        return interrupts;
    }

    private void install(StopSignal signal, Runnable action) {
        try {
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object before = replace(
                    signal,
                    Proxy.newProxyInstance(
                            Interrupts.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                                if (method.getName().equals("handle")) {
                                    action.run();
                                    return null;
                                }
                                return method.invoke(action, arguments);
                            }));
            replaced.add(new Replaced(signal, before));
        } catch (ReflectiveOperationException e) {
            // A JVM without that module, or told to leave signals alone (-Xrs): the signal ends the process.
        }
    }

    /** Make a handler the one of a signal, and return the one before. */
    private static Object replace(StopSignal name, Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object instance = signal.getConstructor(String.class).newInstance(name.signalName());
        return signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
                .invoke(null, instance, handler);
    }

    @Override
    public void close() {
        for (Replaced one : replaced) {
            try {
                replace(one.signal(), one.before());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("The handler that was there before is refused", e);
            }
        }
        replaced.clear();
    }
}
