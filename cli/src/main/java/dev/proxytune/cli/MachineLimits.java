package dev.proxytune.cli;

import dev.proxytune.CancelledException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntToDoubleFunction;

/**
 * Hold what a processor can do at most, as far as a program in Java finds out.
 *
 * @param threads how many threads it was measured with
 * @param memoryRate bytes a second that they read together of more than any cache holds
 * @param weightRate the same of as many bytes as the models have, over and over
 * @param multiplyAdds fused multiply-adds of 32-bit numbers a second that they do together
 */
record MachineLimits(int threads, double memoryRate, double weightRate, double multiplyAdds) {
    private static final int MUCH = 256 << 20;
    private static final int LEAST = 64 << 10;
    private static final int TIMES = 12;

    /** Small enough for the fastest cache, and a multiple of what a vector holds. */
    private static final int NUMBERS = 1024;

    private static final int REPEATS = 25_000;
    private static final int EACH = 18;

    /**
     * Measure them, the best of several times.
     *
     * @param weightBytes how much a token's decodes read
     */
    static MachineLimits measure(int threads, long weightBytes) {
        double memory = readRate(threads, MUCH);
        int some = Math.clamp(weightBytes, LEAST, MUCH);
        double weights = some == MUCH ? memory : readRate(threads, some);
        return new MachineLimits(threads, memory, weights, multiplyAdds(threads));
    }

    /** Read so many bytes, divided among the threads, again and again; comparing arrays is what Java reads fastest by. */
    private static double readRate(int threads, int bytes) {
        int each = Math.max(1, bytes / Long.BYTES / 2 / threads);
        int repeats = Math.max(1, MUCH / bytes);
        List<long[]> ones = new ArrayList<>();
        List<long[]> others = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            long[] numbers = new long[each];
            // Pages that were never written share one of memory.
            Arrays.fill(numbers, thread + 1);
            ones.add(numbers);
            others.add(numbers.clone());
        }
        double seconds = best(threads, thread -> {
            int same = 0;
            for (int repeat = 0; repeat < repeats; repeat++) {
                same += Arrays.equals(ones.get(thread), others.get(thread)) ? 1 : 0;
            }
            return same;
        });
        return 2.0 * each * Long.BYTES * threads * repeats / seconds;
    }

    private static double multiplyAdds(int threads) {
        double seconds = best(threads, thread -> {
            float[] numbers = new float[NUMBERS];
            Arrays.fill(numbers, thread + 1);
            for (int repeat = 0; repeat < REPEATS; repeat++) {
                multiplyAdd(numbers, 0.5f, 0.1f);
            }
            return numbers[0];
        });
        return (double) NUMBERS * EACH * REPEATS * threads / seconds;
    }

    /**
     * Do 18 of them with each number, so that reading and writing it counts little, most of which need not wait for each
     * other; compilers use vectors for this.
     */
    private static void multiplyAdd(float[] numbers, float y, float z) {
        for (int i = 0; i < numbers.length; i++) {
            float x = numbers[i];
            float a = Math.fma(x, y, z);
            float b = Math.fma(x, z, y);
            float c = Math.fma(y, x, x);
            float d = Math.fma(z, x, x);
            a = Math.fma(a, y, z);
            b = Math.fma(b, y, z);
            c = Math.fma(c, y, z);
            d = Math.fma(d, y, z);
            a = Math.fma(a, y, z);
            b = Math.fma(b, y, z);
            c = Math.fma(c, y, z);
            d = Math.fma(d, y, z);
            a = Math.fma(a, y, z);
            b = Math.fma(b, y, z);
            c = Math.fma(c, y, z);
            d = Math.fma(d, y, z);
            numbers[i] = Math.fma(a, b, Math.fma(c, d, z));
        }
    }

    /** Return the seconds of the fastest time, from when the first thread began to when the last one was done. */
    private static double best(int threads, IntToDoubleFunction work) {
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            double best = Double.POSITIVE_INFINITY;
            for (int time = 0; time < TIMES; time++) {
                var together = new CyclicBarrier(threads);
                List<Future<Span>> futures = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    int number = thread;
                    futures.add(pool.submit(() -> {
                        together.await();
                        long begin = System.nanoTime();
                        double result = work.applyAsDouble(number);
                        return new Span(begin, System.nanoTime(), result);
                    }));
                }
                best = Math.min(best, seconds(futures));
            }
            return best;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A thread that measures the processor failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException();
        }
    }

    /**
     * Hold what a thread did.
     *
     * @param result what its work came to; what nobody asks for would not be computed
     */
    private record Span(long begin, long end, double result) {}

    private static double seconds(List<Future<Span>> futures) throws ExecutionException, InterruptedException {
        long begin = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        for (Future<Span> future : futures) {
            Span span = future.get();
            begin = Math.min(begin, span.begin());
            end = Math.max(end, span.end());
        }
        return (end - begin) / 1e9;
    }
}
