package dev.proxytune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnsembleTests {
    private static final int SIZE = 40;
    private static final Prompt PROMPT = Prompt.of(1, 2, 3);

    private final FakeModel target = new FakeModel(1, SIZE).on("server");
    private final FakeModel expert = new FakeModel(2, SIZE).on("cpu");
    private final FakeModel antiExpert = new FakeModel(3, SIZE).on("cpu");
    private final Decoder decoder =
            ProxyTunedModel.of(target, expert, antiExpert).open(new DecoderOptions(2, 0, 4));
    private final Batch batch = new Batch();

    @AfterEach
    void close() {
        decoder.close();
    }

    @Test
    void membersOnDifferentThingsAreInsideDecodeAtOnceAndThoseOnTheSameAreNot() {
        var both = new CountDownLatch(2);
        target.inside(cancellation -> meet(both));
        expert.inside(cancellation -> meet(both));
        antiExpert.inside(cancellation -> assertThat(both.getCount()).isZero());
        decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(FakeModel.copyOf(decoder.row(0))).isEqualTo(expected(1, 2, 3));
        assertThat(decoder.require(Capability.Overlap.class).overlaps()).isEqualTo(new OverlapCounts(1, 0));
    }

    @Test
    void aDraftIsCheckedSideBySideToo() {
        Decoder wide = ProxyTunedModel.of(target, expert, antiExpert).open(new DecoderOptions(1, 0, 4));
        wide.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        wide.require(Capability.Draft.class)
                .draft(batch.clear().append(0, 5, true).append(0, 6, true), false, new Cancellation());
        var both = new CountDownLatch(2);
        target.inside(cancellation -> meet(both));
        antiExpert.inside(cancellation -> meet(both));
        int read = expert.decodes;
        wide.decode(batch);
        assertThat(expert.decodes).isEqualTo(read);
        assertThat(FakeModel.copyOf(wide.row(1))).isEqualTo(expected(1, 2, 3, 5, 6));
        wide.close();
    }

    @Test
    void aModelOnOneThingHasNothingToOverlap() {
        Decoder plain =
                ProxyTunedModel.of(new FakeModel(1, SIZE), expert, antiExpert).open(DecoderOptions.DEFAULT);
        assertThat(plain.find(Capability.Overlap.class)).isEmpty();
        assertThat(plain.resources()).containsExactly(Decoder.CPU);
        assertThat(decoder.resources()).containsExactlyInAnyOrder("server", "cpu");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatSharesAResourceIsNeverAtWorkAtTheSameTime(long seed) {
        var random = new SplittableRandom(seed);
        Map<String, Integer> atWork = new ConcurrentHashMap<>();
        Set<String> clashes = ConcurrentHashMap.newKeySet();
        List<FakeModel> models = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Set<String> names =
                    random.nextInt(3) == 0 ? Set.of("a" + random.nextInt(3), "b") : Set.of("a" + random.nextInt(3));
            models.add(new FakeModel(i, SIZE).on(names.toArray(String[]::new)).inside(cancellation -> {
                for (String name : names) {
                    if (atWork.merge(name, 1, Integer::sum) > 1) {
                        clashes.add(name);
                    }
                }
                LockSupport.parkNanos(10_000);
                names.forEach(name -> atWork.merge(name, -1, Integer::sum));
            }));
        }
        var model = ProxyTunedModel.of(
                models.get(0),
                List.of(ExpertPair.of(models.get(1), models.get(2)), ExpertPair.of(models.get(3), models.get(4))));
        try (Decoder several = model.open(DecoderOptions.DEFAULT)) {
            several.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true));
            for (int i = 0; i < 200; i++) {
                several.decode(batch.clear().append(0, random.nextInt(SIZE), true));
            }
        }
        assertThat(clashes).as("seed %d", seed).isEmpty();
    }

    @Test
    void aFailureEndsWhatRunsBesideItAndIsToldItself() {
        decoder.decode(batch.start(1, PROMPT, Steering.DEFAULT, true));
        var waiting = new CountDownLatch(1);
        target.inside(cancellation -> {
            waiting.countDown();
            untilCancelled(cancellation);
        });
        expert.inside(cancellation -> {
            await(waiting);
            throw new ProxyTuneException("The expert is broken");
        });
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> decodeTogether(0))
                .withMessage("The expert is broken")
                .satisfies(failure -> assertThat(failure.getSuppressed()).isEmpty());
        target.inside(cancellation -> {});
        expert.inside(cancellation -> {});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> decoder.decode(batch.clear().append(0, 4, true)));
        decoder.decode(batch.clear().append(1, 5, true));
        assertThat(FakeModel.copyOf(decoder.row(0))).isEqualTo(expected(1, 2, 3, 5));
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(FakeModel.copyOf(decoder.row(0))).isEqualTo(expected(1, 2, 3));
    }

    @Test
    void twoFailuresAreBothTold() {
        var both = new CountDownLatch(2);
        var first = new ProxyTuneException("The target is broken");
        var second = new OutOfMemoryError("The expert is broken");
        target.inside(cancellation -> {
            meet(both);
            throw first;
        });
        expert.inside(cancellation -> {
            meet(both);
            throw second;
        });
        Throwable told = catchThrowable(() -> decodeTogether(0));
        assertThat(told).isIn(first, second);
        assertThat(told.getSuppressed()).containsExactly(told.equals(first) ? second : first);
    }

    @Test
    void aCancellationReachesAllThatRun() throws InterruptedException {
        var both = new CountDownLatch(2);
        var cancelled = new AtomicInteger();
        for (FakeModel model : List.of(target, expert)) {
            model.inside(cancellation -> {
                both.countDown();
                try {
                    untilCancelled(cancellation);
                } finally {
                    cancelled.incrementAndGet();
                }
            });
        }
        var cancellation = new Cancellation();
        var thrown = new AtomicReference<Throwable>();
        var owner = Thread.ofPlatform()
                .start(() -> thrown.set(catchThrowable(
                        () -> decoder.decode(new Batch().start(0, PROMPT, Steering.DEFAULT, true), cancellation))));
        await(both);
        cancellation.cancel();
        owner.join();
        assertThat(thrown.get()).isInstanceOf(CancelledException.class);
        assertThat(cancelled).hasValue(2);
        assertThat(antiExpert.decodes).isZero();
        target.inside(no -> {});
        expert.inside(no -> {});
        decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(FakeModel.copyOf(decoder.row(0))).isEqualTo(expected(1, 2, 3));
    }

    @Test
    void anInterruptEndsNothingAndIsKept() {
        expert.inside(cancellation -> {
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Thread.currentThread().interrupt();
        decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(FakeModel.copyOf(decoder.row(0))).isEqualTo(expected(1, 2, 3));
    }

    @Test
    void theSecondThreadIsADaemonOfThePlatformThatEndsWithTheDecoder() throws InterruptedException {
        var threads = new ArrayList<Thread>();
        expert.inside(cancellation -> threads.add(Thread.currentThread()));
        decodeTogether(0);
        Thread second = threads.getFirst();
        assertThat(second).isNotSameAs(Thread.currentThread());
        assertThat(second.isVirtual()).isFalse();
        assertThat(second.isDaemon()).isTrue();
        decoder.close();
        second.join();
        for (FakeModel model : List.of(target, expert, antiExpert)) {
            assertThat(model.decoders.getFirst().closedTimes).isEqualTo(1);
        }
    }

    @Test
    void closingWaitsForAllThatRun() throws InterruptedException {
        var inside = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        expert.inside(cancellation -> {
            inside.countDown();
            await(goOn);
        });
        var owner = Thread.ofPlatform().start(() -> decodeTogether(0));
        inside.await();
        var closer = Thread.ofPlatform().start(decoder::close);
        closer.join(50);
        assertThat(target.decoders.getFirst().closedTimes).isZero();
        goOn.countDown();
        owner.join();
        closer.join();
        assertThat(expert.decoders.getFirst().closedTimes).isEqualTo(1);
        assertThat(antiExpert.decodes).isEqualTo(1);
    }

    @Test
    void triesBothWaysKeepsTheCheaperAndLearnsIfThatChanges() {
        var trial = new Trial();
        assertThat(run(trial, 8, 10, 30)).isEqualTo(4);
        assertThat(run(trial, 1000, 10, 30)).isBetween(990, 999);
        assertThat(run(trial, 1000, 80, 30)).isLessThan(20);
        assertThat(run(trial, 1000, 20, 30)).isGreaterThan(300);
        assertThat(run(trial, 1000, 20, 30)).isGreaterThan(970);
    }

    @Test
    void triesOftenWhatCostsNearlyTheSame() {
        assertThat(run(new Trial(), 1000, 100, 101)).isBetween(850, 900);
    }

    @Test
    void aFewSlowDecodesDecideNothing() {
        var trial = new Trial();
        for (int i = 0; i < 8; i++) {
            trial.add(i % 2 == 0, i == 2 || i == 5 ? 1000 : i % 2 == 0 ? 10 : 12);
        }
        assertThat(run(trial, 7, 10, 12)).isEqualTo(7);
    }

    /** Return how many of some decodes ran side by side. */
    private static int run(Trial trial, int decodes, long together, long inTurn) {
        int count = 0;
        for (int i = 0; i < decodes; i++) {
            boolean now = trial.isTogether();
            trial.add(now, now ? together : inTurn);
            count += now ? 1 : 0;
        }
        return count;
    }

    /** Decode a prompt with a decoder that has not yet tried another way. */
    private void decodeTogether(int sequence) {
        decoder.decode(new Batch()
                .start(sequence, PROMPT, Steering.DEFAULT, true)
                .append(sequence, 4, false)
                .append(sequence, 5, false)
                .append(sequence, 6, true));
    }

    private float[] expected(int... tokens) {
        var scratch = new CombinedRow.Scratch();
        var row = new CombinedRow(
                new ArrayRow(target.rowAfter(tokens)),
                new CombinedRow.Part[] {
                    new CombinedRow.Part(
                            1,
                            new ArrayRow(expert.rowAfter(tokens)),
                            new ArrayRow(antiExpert.rowAfter(tokens)),
                            SIZE,
                            SIZE,
                            scratch)
                },
                scratch);
        return FakeModel.copyOf(row);
    }

    /** Wait until all have come. */
    static void meet(CountDownLatch latch) {
        latch.countDown();
        await(latch);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).as("the others came").isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void untilCancelled(Cancellation cancellation) {
        var stop = new CountDownLatch(1);
        Runnable hook = stop::countDown;
        cancellation.add(hook);
        try {
            assertThat(stop.await(20, TimeUnit.SECONDS)).as("cancelled").isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            cancellation.remove(hook);
        }
        cancellation.check();
    }
}
