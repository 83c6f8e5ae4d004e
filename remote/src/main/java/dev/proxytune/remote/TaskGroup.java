package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Let tasks fail together: the first failure cancels the others and is the one that is told. */
final class TaskGroup {
    private final Cancellation cancellation = new Cancellation();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    void run(Consumer<Cancellation> task) {
        try {
            task.accept(cancellation);
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            cancellation.cancel();
        }
    }

    void cancel() {
        cancellation.cancel();
    }

    void await(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    cancellation.cancel();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    /** Throw what the first task that failed threw. */
    void check() {
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}
