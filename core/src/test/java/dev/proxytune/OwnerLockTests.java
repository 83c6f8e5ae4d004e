package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class OwnerLockTests {
    private final OwnerLock lock = new OwnerLock();

    @Test
    void saysWhoIsInside() throws InterruptedException {
        var refusal = new AtomicReference<Throwable>();
        lock.enter();
        var other = Thread.ofPlatform().start(() -> refusal.set(catchThrowable(lock::enter)));
        other.join();
        lock.leave();
        assertThat(refusal.get())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(Thread.currentThread().getName());
    }

    @Test
    void freesOnceAndLetsNobodyInAfterwards() {
        var freed = new AtomicInteger();
        lock.close(freed::incrementAndGet);
        lock.close(freed::incrementAndGet);
        assertThat(freed).hasValue(1);
        assertThatIllegalStateException().isThrownBy(lock::enter).withMessage("The decoder is closed");
        assertThatIllegalStateException().isThrownBy(lock::checkOpen);
    }

    @Test
    void refusesToCloseFromWithin() {
        lock.enter();
        assertThatIllegalStateException().isThrownBy(() -> lock.close(() -> {}));
        lock.leave();
        lock.checkOpen();
    }
}
