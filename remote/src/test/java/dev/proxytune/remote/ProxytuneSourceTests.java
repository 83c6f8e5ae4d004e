package dev.proxytune.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Batch;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.Row;
import dev.proxytune.Steering;
import dev.proxytune.Truncation;
import dev.proxytune.remote.FakeServer.Trouble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Asks a double of our own server for rows. */
class ProxytuneSourceTests {
    private static final int[] TOKENS = {7, 8};

    private final ByteModel target = new ByteModel(1, 8);
    private FakeServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer(Protocol.PROXYTUNE, target);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RemoteModel connect(RemoteOptions options) {
        return RemoteModel.connect(server.address(), options.withRetries(1), new ByteModel(0, 1));
    }

    /** What is left of a row when its decoder is closed. */
    private static final class Copy {
        private final float[] values = new float[ByteModel.SIZE];
        private final Optional<Truncation> truncation;

        private Copy(Row row) {
            row.copyTo(0, values, 0, values.length);
            truncation = row.truncation();
        }
    }

    private Copy row(RemoteOptions options) {
        try (RemoteModel model = connect(options);
                Decoder decoder = model.open(DecoderOptions.DEFAULT)) {
            decoder.decode(new Batch().start(0, Prompt.of(TOKENS), Steering.DEFAULT, true));
            return new Copy(decoder.row(0));
        }
    }

    private float[] gaps() {
        float[] row = target.row(TOKENS);
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            max = Math.max(max, logit);
        }
        for (int id = 0; id < row.length; id++) {
            row[id] -= max;
        }
        return row;
    }

    @Test
    void readsWholeRowsAsTheModelComputesThem() {
        Copy copy = row(RemoteOptions.DEFAULT);
        assertThat(copy.values).isEqualTo(gaps());
        assertThat(copy.truncation).isEmpty();
        assertThat(server.asked.getFirst().get("value_bytes").intValue()).isEqualTo(4);
    }

    @Test
    void readsHalvesOfThem() {
        Copy copy = row(RemoteOptions.DEFAULT.withPrecision(Optional.of(Precision.F16)));
        float[] gaps = gaps();
        for (int id = 0; id < gaps.length; id++) {
            assertThat(copy.values[id]).isCloseTo(gaps[id], within(-gaps[id] / 2048 + 1e-7f));
        }
        assertThat(server.asked.getFirst().get("value_bytes").intValue()).isEqualTo(2);
    }

    @Test
    void readsTheLikeliestAndWhatTheyLeaveOut() {
        Copy copy = row(RemoteOptions.DEFAULT.withTop(5));
        double[] logprobs = target.logprobs(TOKENS);
        double told = 0;
        int count = 0;
        for (int id = 0; id < logprobs.length; id++) {
            if (copy.values[id] > Float.NEGATIVE_INFINITY) {
                assertThat((double) copy.values[id]).isCloseTo(logprobs[id], within(1e-5));
                told += Math.exp(logprobs[id]);
                count++;
            }
        }
        assertThat(count).isEqualTo(5);
        assertThat(copy.truncation.orElseThrow().mass()).isCloseTo(1 - told, within(1e-5));
    }

    @Test
    void choosesHalvesForLargeWholeRowsAlone() {
        assertThat(RemoteOptions.DEFAULT.precision(2048, 2048)).isEqualTo(Precision.F32);
        assertThat(RemoteOptions.DEFAULT.precision(2000, 128_000)).isEqualTo(Precision.F32);
        assertThat(RemoteOptions.DEFAULT.precision(128_000, 128_000)).isEqualTo(Precision.F16);
    }

    @Test
    void asksForAsManyRowsAsTheServerTellsAtATime() {
        try (RemoteModel model = connect(RemoteOptions.DEFAULT);
                Decoder decoder = model.open(DecoderOptions.DEFAULT.withMaxRows(20))) {
            Batch batch = new Batch().start(0, Prompt.of(1, 2, 3), Steering.DEFAULT, true);
            for (int i = 0; i < 12; i++) {
                batch.append(0, i + 5, i != 9);
            }
            decoder.decode(batch);
            assertThat(server.asked.stream().map(asked -> asked.get("rows").intValue()))
                    .containsExactly(8, 2, 2);
            assertThat(server.asked.stream().map(asked -> asked.get("tokens").intValue()))
                    .containsExactly(10, 12, 15);
            assertThat(decoder.row(10).logit(4))
                    .isEqualTo(connectedRow(new int[] {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
        }
    }

    private float connectedRow(int[] tokens) {
        float[] row = target.row(tokens);
        float[] sorted = row.clone();
        Arrays.sort(sorted);
        return row[4] - sorted[sorted.length - 1];
    }

    @Test
    void waitsAsLongAsALimitSaysHoweverFewTriesThereAre() {
        for (int i = 0; i < 3; i++) {
            server.troubles.add(new Trouble(429, Map.of("Retry-After", "1"), "{\"message\":\"later\"}", -1, 0));
        }
        assertThat(row(RemoteOptions.DEFAULT).values).isEqualTo(gaps());
        assertThat(server.asked).hasSize(4);
    }

    @Test
    void triesAgainWhenTheConnectionBreaksInTheMiddle() {
        server.troubles.add(new Trouble(200, Map.of(), "", 500, 0));
        assertThat(row(RemoteOptions.DEFAULT).values).isEqualTo(gaps());
        assertThat(server.asked).hasSize(2);
    }

    /** Change four bytes of an answer. */
    private static byte[] with(byte[] answer, int place, int value) {
        byte[] changed = answer.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(place, value);
        return changed;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0  | 0x21575450 | it does not begin with PTRW",
                "4  | 0x00000402 | version 2",
                "4  | 0x00000201 | 2 bytes a value instead of 4",
                "8  | 0x7fffffff | a vocabulary of 2147483647 instead of 257",
                "12 | 2          | rows: 2 instead of 1",
                "16 | 0xffffffff | tokens a row: 4294967295 instead of 257",
                "20 | 0x7fc00000 | a row in which the best token",
                "20 | 0xbf800000 | a row in which the best token",
                "20 | 0x42c80000 | a row in which the best token",
                "24 | 0x7fc00000 | a value below",
                "40 | 0xbf800000 | a value below"
            })
    void refusesAnswersThatMakeNoSense(int place, String value, String message) {
        server.rewriteRows = answer -> with(answer, place, (int) (long) Long.decode(value));
        refuses(RemoteOptions.DEFAULT, message);
        assertThat(server.asked).as("asking again would not help").hasSize(1);
    }

    private void refuses(RemoteOptions options, String message) {
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> row(options))
                .withMessageContaining("cannot be used")
                .withMessageContaining(message)
                .withMessageNotContaining("\n");
    }

    @Test
    void refusesAnswersOfAnotherLength() {
        server.rewriteRows = answer -> Arrays.copyOf(answer, answer.length + 1);
        refuses(RemoteOptions.DEFAULT, "goes on after its last row");
        server.rewriteRows = answer -> Arrays.copyOf(answer, answer.length - 1);
        refuses(RemoteOptions.DEFAULT, "ends in the middle");
        server.rewriteRows = answer -> Arrays.copyOf(answer, 7);
        refuses(RemoteOptions.DEFAULT, "ends in the middle");
    }

    @Test
    void refusesRowsWithoutABestToken() {
        server.rewriteRows = answer -> {
            ByteBuffer body = ByteBuffer.wrap(answer.clone()).order(ByteOrder.LITTLE_ENDIAN);
            for (int place = 24; place < answer.length; place += 4) {
                body.putFloat(place, 1 + body.getFloat(place));
            }
            return body.array();
        };
        refuses(RemoteOptions.DEFAULT, "without a best token");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "24 | -1         | token id 4294967295",
                "24 | 257        | token id 257",
                "44 | 0x40000000 | not in the order",
                "40 | 0x7fc00000 | a value below"
            })
    void refusesLikeliestTokensThatMakeNoSense(int place, String value, String message) {
        server.rewriteRows = answer -> with(answer, place, (int) (long) Long.decode(value));
        refuses(RemoteOptions.DEFAULT.withTop(4), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"version\":2,\"vocabulary\":257,\"context\":300,\"max_rows\":8}",
                "{\"version\":1,\"vocabulary\":-5,\"context\":300,\"max_rows\":8}",
                "{\"version\":1,\"vocabulary\":2000000000,\"context\":300,\"max_rows\":8}",
                "{\"version\":1,\"vocabulary\":257,\"context\":300}",
                "[]"
            })
    void refusesServersThatDoNotSayWhatTheyShare(String facts) {
        server.facts = facts;
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> connect(RemoteOptions.DEFAULT))
                .withMessageContaining("cannot be used");
    }

    @Test
    void takesWhatTheServerTellsOfItself() {
        try (RemoteModel model = connect(RemoteOptions.DEFAULT)) {
            assertThat(model.protocol()).isEqualTo(Protocol.PROXYTUNE);
            assertThat(model.contextLength()).isEqualTo(300);
        }
        try (RemoteModel model = connect(RemoteOptions.DEFAULT.withProtocol(Optional.of(Protocol.PROXYTUNE)))) {
            assertThat(model.name()).isEqualTo("m");
        }
        assertThat(server.asked).isEmpty();
    }
}
