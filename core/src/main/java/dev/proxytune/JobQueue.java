package dev.proxytune;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Hold the requests that wait, in the order in which they came. Thread-safe. */
final class JobQueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Job> jobs = new ArrayDeque<>();
    private volatile boolean closed;

    /** Let a job wait; once it is cancelled it leaves. */
    void add(Job job) {
        job.leaveBy(() -> leave(job));
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The scheduler is closed");
            }
            jobs.add(job);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void leave(Job job) {
        if (take(job)) {
            job.abandon();
        }
    }

    /** Return the job that has waited longest, and let it wait on. */
    @Nullable
    Job first() {
        lock.lock();
        try {
            return jobs.peek();
        } finally {
            lock.unlock();
        }
    }

    /** Remove a job, and return whether it was still there. */
    boolean take(Job job) {
        lock.lock();
        try {
            return jobs.remove(job);
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return jobs.size();
        } finally {
            lock.unlock();
        }
    }

    /** Wait until a job waits, or this is closed. */
    void await() throws InterruptedException {
        lock.lock();
        try {
            while (jobs.isEmpty() && !closed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Take no more jobs, and return those that waited. */
    List<Job> close() {
        lock.lock();
        try {
            closed = true;
            List<Job> left = List.copyOf(jobs);
            jobs.clear();
            changed.signalAll();
            return left;
        } finally {
            lock.unlock();
        }
    }
}
