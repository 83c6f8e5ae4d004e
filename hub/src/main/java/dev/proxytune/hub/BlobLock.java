package dev.proxytune.hub;

import dev.proxytune.Cancellation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Hold the lock of one file of the cache, so that two processes do not fetch it at the same time. */
final class BlobLock implements AutoCloseable {
    private static final long LOOK_AGAIN_MILLIS = 100;

    private final AutoCloseable held;

    private BlobLock(AutoCloseable held) {
        this.held = held;
    }

    /**
     * Wait for the lock.
     *
     * @param file the lock's file, whose folder is created
     * @param what what to call the file in the notice
     */
    static BlobLock take(Path file, String what, PullListener listener, Cancellation cancellation) {
        boolean told = false;
        while (true) {
            Optional<BlobLock> lock = attempt(file);
            if (lock.isPresent()) {
                return lock.get();
            }
            if (!told) {
                listener.onNotice("waiting for another process that fetches " + what);
                told = true;
            }
            try {
                Thread.sleep(LOOK_AGAIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new HubException("The wait for another process that fetches " + what + " was interrupted", e);
            }
            cancellation.check();
        }
    }

    /** Take the lock if nobody has it. */
    static Optional<BlobLock> attempt(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (Flock.isAvailable()) {
                switch (Flock.attempt(file)) {
                    case Flock.Attempt.Taken(Flock lock) -> {
                        return Optional.of(new BlobLock(lock));
                    }
                    case Flock.Attempt.Busy() -> {
                        return Optional.empty();
                    }
                    case Flock.Attempt.Impossible() -> {
                        // Java's own lock is next.
                    }
                }
            }
            return attemptOwn(file);
        } catch (IOException e) {
            throw Failures.writing(file, e);
        }
    }

    private static Optional<BlobLock> attemptOwn(Path file) throws IOException {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(new BlobLock(channel));
            }
        } catch (OverlappingFileLockException e) {
            // Another thread of this process has it.
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    @Override
    public void close() {
        try {
            held.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new HubException("A lock in the cache cannot be freed: " + e.getMessage(), e);
        }
    }
}
