package dev.proxytune.cli;

import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Let the first Ctrl-C or SIGTERM end what is under way in good order, and the second one the process.
 *
 * <p>Java's own answer to the signal would be to exit at once, with nothing printed of an answer that is nearly there.
 * The only way to hear of a signal and live on is {@code sun.misc.Signal}, which the module jdk.unsupported offers for
 * this; it is called by name, since the compiler warns of its direct use and cannot be told not to.
 */
final class Interrupts implements AutoCloseable {
    private final Optional<Object> before;

    private Interrupts(Optional<Object> before) {
        this.before = before;
    }

    /** Run the action at the first interrupt from now on, until closed. */
    static Interrupts handle(Runnable action) {
        var again = new AtomicBoolean();
        return new Interrupts(install(() -> {
            if (again.getAndSet(true)) {
                Runtime.getRuntime().halt(ExitCodes.INTERRUPTED);
            }
            action.run();
        }));
    }

    private static Optional<Object> install(Runnable action) {
        try {
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            return replace(Proxy.newProxyInstance(
                    Interrupts.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                            return null;
                        }
                        return method.invoke(action, arguments);
                    }));
        } catch (ReflectiveOperationException e) {
            // A JVM without that module, or told to leave signals alone (-Xrs): Ctrl-C ends the process.
            return Optional.empty();
        }
    }

    /** Make a handler the one for Ctrl-C, and return the one before. */
    private static Optional<Object> replace(Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object interrupt = signal.getConstructor(String.class).newInstance("INT");
        return Optional.ofNullable(signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
                .invoke(null, interrupt, handler));
    }

    @Override
    public void close() {
        if (before.isPresent()) {
            try {
                replace(before.get());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("The handler that was there before is refused", e);
            }
        }
    }
}
