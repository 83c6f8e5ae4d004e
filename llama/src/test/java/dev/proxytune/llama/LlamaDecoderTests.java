package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.Capability;
import dev.proxytune.CapacityException;
import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.Row;
import dev.proxytune.Steering;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Closing early is what some tests are about.
class LlamaDecoderTests {
    private static final Prompt PROMPT = TestModels.prompt(1, 37);
    private static final Prompt OTHER = TestModels.prompt(2, 61);

    @TempDir
    static Path folder;

    private static LlamaModel model;

    private final Batch batch = new Batch();

    @BeforeAll
    static void load() {
        model = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static LlamaDecoder open(int sequences, int contextLength, int maxRows) {
        return model.open(new DecoderOptions(sequences, contextLength, maxRows));
    }

    private static int[] fresh(Prompt prompt, int count) {
        try (var decoder = open(1, 512, 1)) {
            return Greedy.run(decoder, 0, prompt, count);
        }
    }

    @Test
    void decodesAsThePlainLoopDoes() {
        NativeModel weights = NativeModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS, LoadExtent.WEIGHTS);

        assertThat(fresh(PROMPT, 50)).isEqualTo(Greedy.plain(weights, PROMPT, 50));
        weights.release();
    }

    @Test
    void yieldsTheSameWhenTheCacheHoldsThePromptsBeginning() {
        int[] longer = new int[60];
        System.arraycopy(PROMPT.tokens(), 0, longer, 0, 37);
        System.arraycopy(OTHER.tokens(), 0, longer, 37, 23);
        int[] parted = PROMPT.tokens();
        parted[20] = 5;

        try (var decoder = open(1, 512, 1)) {
            for (Prompt prompt : List.of(
                    PROMPT, PROMPT, Prompt.of(longer), PROMPT, Prompt.of(parted), OTHER, Prompt.of(OTHER.token(0)))) {
                assertThat(Greedy.run(decoder, 0, prompt, 20)).isEqualTo(fresh(prompt, 20));
            }
        }
    }

    @Test
    void runsSequencesSideBySideAsAlone() {
        try (var decoder = open(5, 256, 5)) {
            List<Prompt> prompts = new ArrayList<>();
            int[][] answers = new int[5][12];
            for (int s = 0; s < 5; s++) {
                prompts.add(TestModels.prompt(10 + s, 10 + 17 * s));
                batch.start(s, prompts.get(s), Steering.DEFAULT, true);
            }
            for (int i = 0; i < 12; i++) {
                decoder.decode(batch);
                batch.clear();
                for (int s = 0; s < 5; s++) {
                    answers[s][i] = Greedy.argmax(decoder.row(s));
                    batch.append(s, answers[s][i], true);
                }
            }
            for (int s = 0; s < 5; s++) {
                assertThat(answers[s]).isEqualTo(fresh(prompts.get(s), 12));
                assertThat(decoder.length(s)).isEqualTo(11);
                assertThat(decoder.remaining(s))
                        .isEqualTo(256 - 11 - prompts.get(s).length());
            }
        }
    }

    @Test
    void numbersRowsInTheOrderOfTheBatch() {
        try (var decoder = open(4, 256, 8)) {
            int[] answer = fresh(PROMPT, 4);
            decoder.decode(batch.start(3, PROMPT, Steering.DEFAULT, false).start(1, OTHER, Steering.DEFAULT, true));
            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(fresh(OTHER, 1)[0]);
            batch.clear()
                    .append(3, answer[0], true)
                    .start(0, OTHER, Steering.DEFAULT, true)
                    .append(3, answer[1], false)
                    .append(1, 7, false)
                    .append(3, answer[2], true);

            decoder.decode(batch);

            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(answer[1]);
            assertThat(Greedy.argmax(decoder.row(1))).isEqualTo(fresh(OTHER, 1)[0]);
            assertThat(Greedy.argmax(decoder.row(2))).isEqualTo(answer[3]);
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> decoder.row(3));
        }
    }

    @Test
    void splitsWhatIsLongerThanOneCallTakes() {
        Prompt first = TestModels.prompt(3, 700);
        Prompt second = TestModels.prompt(4, 455);
        try (var small = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS.withBatch(128, 32));
                var decoder = small.open(new DecoderOptions(3, 1024, 100));
                var whole = open(3, 1024, 100)) {
            batch.start(1, first, Steering.DEFAULT, false).start(0, second, Steering.DEFAULT, true);
            for (int i = 0; i < 90; i++) {
                batch.append(i % 2, 2 + i, true);
            }

            decoder.decode(batch);
            whole.decode(batch);

            for (int i = 0; i < 91; i++) {
                float[] row = new float[288];
                float[] expected = new float[288];
                decoder.row(i).copyTo(0, row, 0, 288);
                whole.row(i).copyTo(0, expected, 0, 288);
                assertThat(row).containsExactly(expected, within(0.05f));
            }
        }
    }

    @Test
    void refusesRowsThatDoNotFitIntoTheLastCall() {
        try (var small = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS.withBatch(16, 16));
                var decoder = small.open(new DecoderOptions(1, 512, 1))) {
            batch.start(0, PROMPT, Steering.DEFAULT, true);
            for (int i = 0; i < 20; i++) {
                batch.append(0, 5, false);
            }
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() -> decoder.decode(batch))
                    .withMessageContaining("21 tokens");
            assertThat(Greedy.run(decoder, 0, PROMPT, 5)).isEqualTo(fresh(PROMPT, 5));
        }
    }

    @Test
    void cutsBackAndGoesOn() {
        int[] answer = fresh(PROMPT, 10);
        try (var decoder = open(2, 256, 2)) {
            var rewind = decoder.require(Capability.Rewind.class);
            Greedy.run(decoder, 1, PROMPT, 6);
            decoder.decode(batch.append(1, 9, true).append(1, 8, true));
            assertThat(decoder.length(1)).isEqualTo(7);

            rewind.rewind(1, 4);
            decoder.decode(batch.clear().append(1, answer[4], true));
            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(answer[5]);

            rewind.rewind(1, 0);
            assertThat(decoder.length(1)).isZero();
            decoder.decode(batch.clear().append(1, answer[0], true));
            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(answer[1]);
            assertThatIllegalArgumentException().isThrownBy(() -> rewind.rewind(1, 2));
            assertThatIllegalArgumentException().isThrownBy(() -> rewind.rewind(0, 0));
        }
    }

    @Test
    void forksASequence() {
        int[] answer = fresh(PROMPT, 10);
        try (var decoder = open(3, 256, 3)) {
            var fork = decoder.require(Capability.Fork.class);
            Greedy.run(decoder, 0, PROMPT, 6);
            Greedy.run(decoder, 2, OTHER, 3);
            fork.fork(0, 2);
            fork.fork(2, 1);
            fork.fork(1, 1);
            decoder.rewind(0, 2);

            assertThat(decoder.length(1)).isEqualTo(5);
            assertThat(decoder.length(2)).isEqualTo(5);
            batch.append(0, answer[2], true).append(1, answer[5], true).append(2, 100, true);
            decoder.decode(batch);
            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(answer[3]);
            assertThat(Greedy.argmax(decoder.row(1))).isEqualTo(answer[6]);
            decoder.rewind(2, 5);
            decoder.decode(batch.clear().append(2, answer[5], true));
            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(answer[6]);
        }
    }

    @Test
    void startsAgainOverAForkedSequence() {
        try (var decoder = open(2, 256, 2)) {
            Greedy.run(decoder, 0, PROMPT, 6);
            decoder.fork(0, 1);
            assertThat(Greedy.run(decoder, 0, OTHER, 6)).isEqualTo(fresh(OTHER, 6));
            assertThat(Greedy.run(decoder, 1, PROMPT, 6)).isEqualTo(fresh(PROMPT, 6));
        }
    }

    @Test
    void readsRowsInPlace() {
        try (var decoder = open(1, 256, 1)) {
            decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
            Row row = decoder.row(0);
            float[] all = new float[288];
            row.copyTo(0, all, 0, 288);
            float[] some = new float[10];
            row.copyTo(100, some, 2, 5);

            assertThat(row.size()).isEqualTo(288);
            assertThat(some).startsWith(0, 0).endsWith(0, 0, 0).contains(all[100], all[104]);
            assertThat(row.logit(287)).isEqualTo(all[287]);
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> row.logit(288));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> row.logit(-1));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> row.copyTo(280, all, 0, 9));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> row.copyTo(0, some, 0, 11));

            decoder.decode(batch.clear().append(0, 3, true));
            assertThatIllegalStateException().isThrownBy(() -> row.logit(0)).withMessageContaining("gone");
            Row last = decoder.row(0);
            decoder.close();
            assertThatIllegalStateException().isThrownBy(() -> last.logit(0));
            assertThatIllegalStateException().isThrownBy(() -> last.copyTo(0, all, 0, 288));
        }
    }

    @Test
    void refusesWhatLlamaCppWouldAbortOn() {
        try (var decoder = open(2, 300, 2)) {
            assertThat(decoder.contextLength()).isEqualTo(300);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decoder.decode(new Batch().append(0, 1, true)))
                    .withMessageContaining("start it first");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decoder.decode(new Batch().start(2, PROMPT, Steering.DEFAULT, true)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decoder.decode(new Batch().start(0, Prompt.of(288), Steering.DEFAULT, true)));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decoder.decode(new Batch().start(0, Prompt.of(3, -1), Steering.DEFAULT, true)));
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() ->
                            decoder.decode(new Batch().start(0, TestModels.prompt(1, 301), Steering.DEFAULT, true)));
            decoder.decode(new Batch().start(0, TestModels.prompt(1, 300), Steering.DEFAULT, true));
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() -> decoder.decode(new Batch().append(0, 5, true)))
                    .withMessageContaining("full");
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() -> decoder.decode(new Batch()
                            .start(1, PROMPT, Steering.DEFAULT, true)
                            .append(1, 1, true)
                            .append(1, 1, true)))
                    .withMessageContaining("3 rows");
            assertThat(decoder.remaining(0)).isZero();
            decoder.decode(new Batch());
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> decoder.row(0));
        }
    }

    @Test
    void refusesContextsThatCannotBe() {
        assertThatExceptionOfType(CapacityException.class)
                .isThrownBy(() -> open(300, 256, 300))
                .withMessageContaining("256 sequences");
        for (int length : new int[] {Integer.MAX_VALUE, 1 << 30, 1 << 29}) {
            assertThatExceptionOfType(CapacityException.class)
                    .isThrownBy(() -> open(200, length, 200))
                    .withMessageContaining("-c")
                    .withMessageNotContaining("\n");
        }
    }

    private void cancelUnderWay(ComputePool pool, LlamaDecoder decoder, Prompt prompt) throws InterruptedException {
        var cancellation = new Cancellation();
        var thread = new Thread(() -> {
            // Cancel once the decode is surely under way, seen by its hold on the compute threads.
            while (!pool.lock().isWriteLocked()) {
                Thread.onSpinWait();
            }
            cancellation.cancel();
        });
        thread.start();
        assertThatExceptionOfType(CancelledException.class)
                .isThrownBy(() -> decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true), cancellation));
        thread.join();
    }

    @Test
    @Timeout(120)
    void stopsALongPrefillWhenCancelled() throws InterruptedException {
        Prompt prompt = TestModels.prompt(5, 4000);
        try (var decoder = open(2, 4096, 2)) {
            int[] before = Greedy.run(decoder, 1, PROMPT, 3);
            cancelUnderWay(ComputePool.of(1), decoder, prompt);

            assertThat(decoder.length(0)).isZero();
            assertThatIllegalArgumentException().isThrownBy(() -> decoder.decode(new Batch().append(0, 5, true)));
            decoder.decode(batch.clear().append(1, before[2], true));
            assertThat(Greedy.argmax(decoder.row(0))).isEqualTo(fresh(PROMPT, 4)[3]);
            assertThat(Greedy.run(decoder, 0, OTHER, 5)).isEqualTo(fresh(OTHER, 5));
        }
    }

    @Test
    void doesNotStartWhenCancelledBefore() {
        var cancellation = new Cancellation();
        cancellation.cancel();
        try (var decoder = open(1, 256, 1)) {
            assertThatExceptionOfType(CancelledException.class)
                    .isThrownBy(() -> decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true), cancellation));
            assertThat(Greedy.run(decoder, 0, PROMPT, 3)).isEqualTo(fresh(PROMPT, 3));
        }
    }

    @Test
    @Timeout(120)
    void decodesInSeveralThreadsAtOnce() throws InterruptedException {
        int[][] answers = new int[4][];
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < answers.length; i++) {
            int number = i;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int again = 0; again < 5; again++) {
                    answers[number] = fresh(TestModels.prompt(number, 50), 20);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (int i = 0; i < answers.length; i++) {
            assertThat(answers[i]).isEqualTo(fresh(TestModels.prompt(i, 50), 20));
        }
    }

    @Test
    void sharesThreadsAmongDecoders() {
        assertThat(ComputePool.of(1)).isSameAs(ComputePool.of(1));
        assertThat(ComputePool.of(0).threads()).isPositive();
        assertThat(ComputePool.of(0)).isSameAs(ComputePool.of(ComputePool.of(0).threads()));
    }

    @Test
    void waitsForNoDecoderWhoseLayersAreOnOtherDevices() {
        ComputePool elsewhere = ComputePool.of(1, Set.of("CUDA0"));
        assertThat(elsewhere).isSameAs(ComputePool.of(1, Set.of("CUDA0"))).isNotSameAs(ComputePool.of(1));
        assertThat(ComputePool.of(1, Set.of("CUDA0", "cpu"))).isSameAs(ComputePool.of(1));
        try (var decoder = open(1, 256, 1)) {
            assertThat(decoder.resources()).containsExactly("cpu");
        }
    }

    @Test
    @Timeout(120)
    void twoThatShareTheProcessorSayAtTheSameTimeWhatEachSaysAlone() throws InterruptedException {
        int[] alone = fresh(PROMPT, 40);
        int[] other = fresh(OTHER, 40);
        try (var shared = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS.withThreads(2));
                var first = shared.open(DecoderOptions.DEFAULT);
                var second = shared.open(DecoderOptions.DEFAULT);
                var third = shared.open(DecoderOptions.DEFAULT)) {
            Assumptions.assumeThat(first.threads()).isEqualTo(2);
            for (int round = 0; round < 8; round++) {
                boolean whole = round % 3 == 2;
                first.share(0, whole ? 1 : 2);
                second.share(whole ? 0 : 1, whole ? 1 : 2);
                List<int[]> said = new CopyOnWriteArrayList<>();
                Thread beside = Thread.ofPlatform().start(() -> said.add(Greedy.run(second, 0, OTHER, 40)));
                assertThat(Greedy.run(first, 0, PROMPT, 40)).isEqualTo(alone);
                beside.join();
                assertThat(said).containsExactly(other);
                assertThat(Greedy.run(third, 0, PROMPT, 40)).isEqualTo(alone);
            }
        }
    }

    @Test
    @Timeout(120)
    void leavesAPoolToOthersBeforeItIsPaused() throws InterruptedException {
        try (var shared = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS.withThreads(2));
                var decoder = shared.open(DecoderOptions.DEFAULT.withContextLength(4096))) {
            Assumptions.assumeThat(decoder.threads()).isEqualTo(2);
            decoder.share(0, 2);
            decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
            decoder.share(0, 1);
            ComputePool whole = ComputePool.of(2, 0, 1);
            // A decode that is stopped has changed the pool all the same.
            cancelUnderWay(whole, decoder, TestModels.prompt(5, 4000));
            decoder.share(0, 2);
            var decoding = new Thread(() -> decoder.decode(new Batch().start(0, PROMPT, Steering.DEFAULT, true)));
            whole.lock().writeLock().lock();
            try {
                decoding.start();
                while (decoding.isAlive() && !whole.lock().hasQueuedThread(decoding)) {
                    Thread.onSpinWait();
                }
                assertThat(decoding.isAlive()).isTrue();
            } finally {
                whole.lock().writeLock().unlock();
            }
            decoding.join();
            assertThat(decoder.remaining(0)).isEqualTo(4096 - PROMPT.length());
        }
    }

    @Test
    void refusesPartsOfTheProcessorThatThereAreNot() {
        try (var shared = LlamaModel.load(TestModels.synthetic(folder, 1), TestModels.OPTIONS.withThreads(1));
                var decoder = shared.open(DecoderOptions.DEFAULT)) {
            assertThat(decoder.require(Capability.Share.class).threads()).isEqualTo(1);
            assertThat(decoder.weightBytes()).isPositive();
            for (int[] part : new int[][] {{0, 2}, {1, 1}, {-1, 1}, {0, 0}}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> decoder.share(part[0], part[1]))
                        .withMessageContaining("no part");
            }
        }
    }

    @Test
    @Timeout(120)
    void letsOneThreadInAndCloseWait() throws InterruptedException {
        var decoder = open(1, 256, 1);
        var failure = new AtomicReference<Throwable>();
        var decoding = new Thread(
                () -> {
                    try {
                        decoder.decode(new Batch().start(0, PROMPT, Steering.DEFAULT, true));
                    } catch (Throwable thrown) {
                        failure.set(thrown);
                    }
                },
                "decoding");
        var closing = new Thread(decoder::close);
        ReentrantReadWriteLock pool = ComputePool.of(1).lock();
        pool.writeLock().lock();
        try {
            decoding.start();
            while (!pool.hasQueuedThread(decoding)) {
                Thread.onSpinWait();
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> decoder.decode(batch.start(0, PROMPT, Steering.NONE, true)))
                    .withMessageContaining("decoding");
            assertThatIllegalStateException().isThrownBy(() -> decoder.rewind(0, 0));
            closing.start();
            closing.join(50);
            assertThat(closing.isAlive()).isTrue();
        } finally {
            pool.writeLock().unlock();
        }
        decoding.join();
        closing.join();

        assertThat(failure).hasNullValue();
        assertThatIllegalStateException()
                .isThrownBy(() -> decoder.decode(batch))
                .withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> decoder.length(0));
        assertThatIllegalStateException().isThrownBy(() -> decoder.find(Capability.Fork.class));
        decoder.close();
    }
}
