package dev.proxytune.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.InvalidLogitsException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Steering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RowEngineTests {
    private static final int SIZE = 257;
    private final TextModel model = new TextModel(SIZE, 2000, true);
    private RowEngine engine = start(model, 4);

    private static RowEngine start(TextModel model, int sequences) {
        var options = EngineOptions.DEFAULT.withSequences(sequences).withQueue(4);
        return RowEngine.start(model, options, new RowSharing(0), "test");
    }

    @AfterEach
    void close() {
        model.gate.release(1_000_000);
        engine.close();
    }

    private RowJob ask(int key, int[] tokens, int rows) {
        var job = new RowJob(key, tokens, rows, Steering.DEFAULT, new Cancellation());
        engine.submit(job);
        return job;
    }

    private static int[] text(int first, int length) {
        return IntStream.range(0, length).map(i -> (first + i * 7) % 240).toArray();
    }

    private static int[] with(int[] tokens, int... more) {
        return IntStream.concat(Arrays.stream(tokens), Arrays.stream(more)).toArray();
    }

    private float[] expected(int[] tokens, int rows) {
        float[] all = new float[rows * SIZE];
        for (int i = 0; i < rows; i++) {
            List<Integer> text = Arrays.stream(tokens)
                    .limit(tokens.length - rows + 1 + i)
                    .boxed()
                    .toList();
            System.arraycopy(model.row(text), 0, all, i * SIZE, SIZE);
        }
        return all;
    }

    private void awaitGate(int threads) throws InterruptedException {
        TestServer.until(() -> model.gate.getQueueLength() == threads);
    }

    @Test
    void computesTheRowsAfterTheLastTokens() throws Exception {
        int[] tokens = text(5, 20);
        for (int rows : new int[] {1, 2, 20}) {
            assertThat(ask(1, tokens, rows).result.get()).isEqualTo(expected(tokens, rows));
        }
    }

    @Test
    void computesOnlyWhatComesAfterAKnownBeginning() throws Exception {
        int[] tokens = text(5, 100);
        ask(1, tokens, 1).result.get();
        ask(1, with(tokens, 1, 2, 3), 3).result.get();
        int[] other = with(tokens, 1, 9);
        assertThat(ask(1, other, 1).result.get()).isEqualTo(expected(other, 1));
        assertThat(model.computed).containsExactly(100, 3, 1);
    }

    @Test
    void copiesWhatAnotherTextOfTheSameKeyHolds() throws Exception {
        int[] shared = text(5, 100);
        ask(1, with(shared, text(50, 200)), 1).result.get();
        int[] other = with(shared, 4, 4, 4);
        assertThat(ask(1, other, 1).result.get()).isEqualTo(expected(other, 1));
        ask(1, with(shared, with(text(50, 200), 8)), 1).result.get();
        assertThat(model.computed)
                .as("the second takes a copy, so that the first is still there for the third")
                .containsExactly(300, 3, 1);
    }

    @Test
    void tellsNoKeyByTheTimeWhatAnotherHasAsked() throws Exception {
        engine.close();
        engine = start(model, 1);
        int[] tokens = text(5, 100);
        ask(1, tokens, 1).result.get();
        model.computed.clear();
        assertThat(ask(2, tokens, 1).result.get()).isEqualTo(expected(tokens, 1));
        assertThat(model.computed.stream().mapToInt(each -> each).sum()).isGreaterThanOrEqualTo(99);
    }

    @Test
    void computesTogetherWhatSeveralAskTogether() throws Exception {
        model.gate.drainPermits();
        RowJob first = ask(1, text(1, 10), 1);
        awaitGate(1);
        RowJob second = ask(1, text(2, 10), 2);
        RowJob third = ask(2, text(3, 10), 3);
        model.gate.release(2);
        assertThat(first.result.get()).isEqualTo(expected(text(1, 10), 1));
        assertThat(second.result.get()).isEqualTo(expected(text(2, 10), 2));
        assertThat(third.result.get()).isEqualTo(expected(text(3, 10), 3));
        assertThat(model.computed).containsExactly(10, 20);
    }

    @Test
    void letsOthersGetOnWhileALongTextIsRead() throws Exception {
        model.gate.drainPermits();
        RowJob other = ask(1, text(1, 10), 1);
        awaitGate(1);
        RowJob lengthy = ask(1, text(2, 1900), 1);
        RowJob brief = ask(2, text(3, 10), 1);
        model.gate.release(1);
        other.result.get();
        awaitGate(1);
        model.gate.release(2);
        brief.result.get();
        assertThat(lengthy.result).isNotDone();
        model.gate.release(100);
        assertThat(lengthy.result.get()).isEqualTo(expected(text(2, 1900), 1));
        assertThat(model.computed).hasSizeGreaterThan(4).allMatch(tokens -> tokens <= 512 + 32);
    }

    @Test
    void letsWhoAsksLittleGoBeforeWhoAsksMuch() throws Exception {
        engine.close();
        engine = start(model, 2);
        model.gate.drainPermits();
        RowJob first = ask(1, text(1, 10), 1);
        awaitGate(1);
        RowJob second = ask(1, text(2, 10), 1);
        RowJob third = ask(1, text(3, 10), 1);
        RowJob other = ask(2, text(4, 10), 1);
        model.gate.release(1);
        first.result.get();
        awaitGate(1);
        model.gate.release(1);
        other.result.get();
        second.result.get();
        assertThat(third.result).isNotDone();
    }

    @Test
    void failsWhoeverAsksWhatCannotBeAndNobodyElse() throws Exception {
        model.gate.drainPermits();
        RowJob first = ask(1, text(1, 10), 1);
        awaitGate(1);
        RowJob wrong = ask(1, with(text(2, 10), TextModel.FAILURE), 1);
        RowJob good = ask(2, text(3, 10), 2);
        model.gate.release(100);
        first.result.get();
        assertThat(good.result.get()).isEqualTo(expected(text(3, 10), 2));
        assertThatThrownBy(wrong.result::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ProxyTuneException.class)
                .hasMessageContaining("nobody can read");
        assertThat(ask(1, text(1, 11), 1).result.get()).isEqualTo(expected(text(1, 11), 1));
    }

    @Test
    void forgetsWhoeverIsGone() throws Exception {
        model.gate.drainPermits();
        RowJob running = ask(1, text(1, 10), 1);
        awaitGate(1);
        List<RowJob> waiting = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            waiting.add(ask(1, text(20 + i, 10), 1));
        }
        waiting.forEach(job -> job.cancellation.cancel());
        assertThat(waiting).allMatch(job -> job.result.isCompletedExceptionally());
        running.cancellation.cancel();
        model.gate.release(1);
        assertThatThrownBy(running.result::get).hasCauseInstanceOf(CancelledException.class);
        model.gate.release(1);
        assertThat(ask(1, text(1, 10), 1).result.get()).isEqualTo(expected(text(1, 10), 1));
        assertThat(model.computed).containsExactly(10);
    }

    @Test
    void failsWhatIsInsideWhenItIsClosed() throws Exception {
        model.gate.drainPermits();
        RowJob running = ask(1, text(1, 10), 1);
        awaitGate(1);
        RowJob waiting = ask(1, text(2, 10), 1);
        Thread closing = Thread.ofPlatform().start(engine::close);
        TestServer.until(() -> closing.getState() == Thread.State.WAITING);
        model.gate.release(10);
        closing.join();
        assertThat(running.result).isDone();
        assertThatThrownBy(waiting.result::get).hasCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ask(1, text(1, 2), 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void leavesPlacesForOtherKeys() {
        int own = 0;
        while (engine.reserve(1)) {
            own++;
        }
        int others = 0;
        while (engine.reserve(2)) {
            others++;
        }
        assertThat(own).isEqualTo(6);
        assertThat(own + others).isEqualTo(8);
        engine.release(1);
        assertThat(engine.reserve(2)).isTrue();
        assertThat(engine.inside()).isEqualTo(8);
    }

    @Test
    void limitsRowsByTimeForEachKeyAlone() {
        var clock = new AtomicLong(5);
        var rates = new RowRates(10, clock::get);
        assertThat(rates.take(1, 90)).isZero();
        assertThat(rates.take(1, 30)).as("more than is left may be taken once").isZero();
        assertThat(rates.take(1, 1)).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2001));
        assertThat(rates.take(2, 1)).isZero();
        clock.addAndGet(2_100_000_000L);
        assertThat(rates.take(1, 5)).isZero();
        assertThat(rates.take(1, 1)).isPositive();
        clock.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(rates.take(1, 100)).isZero();
        assertThat(rates.take(1, 1))
                .as("no more than ten seconds' worth is saved")
                .isPositive();
        var free = new RowRates(0, clock::get);
        assertThat(IntStream.range(0, 100).mapToObj(_ -> free.take(1, 1000))).allMatch(Duration::isZero);
    }

    @Test
    void writesDistancesFromTheBestAndFindsTheLikeliest() {
        float[] values = {3, 0, 2, 0, Float.POSITIVE_INFINITY, 1, 2};
        for (int count = 1; count <= values.length; count++) {
            Integer[] sorted = {1, 3, 5, 2, 6, 0, 4};
            assertThat(new Likeliest().of(values, count))
                    .containsExactly(Arrays.stream(sorted)
                            .limit(count)
                            .mapToInt(id -> id)
                            .toArray());
        }
    }

    @Test
    void refusesARowWithoutABestToken() {
        var request = RowRequest.read(RowTests.request("", 4, 0, 1, 1));
        assertThatThrownBy(() -> RowReply.to(request, 2).write(new float[] {1, Float.NaN}))
                .isInstanceOf(InvalidLogitsException.class);
        assertThatThrownBy(() ->
                        RowReply.to(request, 2).write(new float[] {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY}))
                .isInstanceOf(InvalidLogitsException.class);
    }
}
