package dev.proxytune.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.Completion;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.Steering;
import dev.proxytune.remote.FakeServer.Trouble;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Asks servers that fail, lie, stall and die. */
class TransportTests {
    private static final String SECRET = "sk-very-secret";

    private final ByteModel target = new ByteModel(1, 8);
    private FakeServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer(Protocol.LLAMA_SERVER, target);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private RemoteModel connect(RemoteOptions options) {
        return RemoteModel.connect(
                server.address(), options.withKey(Optional.of(AccessKey.of(SECRET))), new ByteModel(0, 1));
    }

    private static List<Integer> answer(LanguageModel model) {
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT)) {
            Completion completion = generator.generate(
                    GenerationRequest.of(model.tokenize(PromptText.of("Once"))).withMaxTokens(8));
            return completion.tokens().stream().map(GeneratedToken::id).toList();
        }
    }

    private float[] row(RemoteOptions options) {
        try (RemoteModel model = connect(options);
                Decoder decoder = model.open(DecoderOptions.DEFAULT)) {
            decoder.decode(new Batch().start(0, Prompt.of(7, 8), Steering.DEFAULT, true));
            float[] row = new float[ByteModel.SIZE];
            decoder.row(0).copyTo(0, row, 0, row.length);
            return row;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void goesOnAfterTroublesWithoutLosingOrRepeatingAToken(boolean chunked) {
        server.chunked = chunked;
        List<Integer> expected = answer(target);
        server.troubles.add(Trouble.status(503, "{\"error\":{\"message\":\"Loading model\"}}"));
        server.troubles.add(new Trouble(429, Map.of("Retry-After", "0"), "{\"message\":\"slow down\"}", -1, 0));
        server.troubles.add(new Trouble(200, Map.of(), "", 100, 0));
        server.troubles.add(new Trouble(200, Map.of(), "", 5000, 0));
        try (RemoteModel model = connect(RemoteOptions.DEFAULT)) {
            assertThat(answer(model)).isEqualTo(expected);
        }
        assertThat(server.asked).hasSize(expected.size() + 4);
        assertThat(server.keys).containsOnly("Bearer " + SECRET);
    }

    @Test
    void givesUpAfterAsManyTriesAsItMayAndSaysWhy() {
        for (int i = 0; i < 2; i++) {
            server.troubles.add(Trouble.status(500, "{\"error\":{\"message\":\"no memory for " + SECRET + "\"}}"));
        }
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> row(RemoteOptions.DEFAULT.withRetries(1)))
                .withMessageContaining("after 2 tries")
                .withMessageContaining("status 500: no memory")
                .withMessageNotContaining(SECRET);
    }

    @Test
    void doesNotTryAgainWhatIsRefused() {
        server.troubles.add(Trouble.status(401, "{\"error\":{\"message\":\"Incorrect API key: " + SECRET + "\"}}"));
        assertThatExceptionOfType(StatusException.class)
                .isThrownBy(() -> row(RemoteOptions.DEFAULT))
                .withMessageContaining("status 401")
                .withMessageContaining("PROXYTUNE_REMOTE_KEY")
                .withMessageNotContaining(SECRET);
        assertThat(server.asked).hasSize(1);
    }

    @Test
    void doesNotWaitForHours() {
        server.troubles.add(new Trouble(429, Map.of("Retry-After", "7200"), "{}", -1, 0));
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> row(RemoteOptions.DEFAULT))
                .withMessageContaining("asks to wait 120 minutes");
    }

    @ParameterizedTest
    @CsvSource({"-1, false", "-1, true", "100, false", "100, true"})
    void givesUpOnAServerThatStalls(int after, boolean chunked) {
        server.chunked = chunked;
        server.troubles.add(new Trouble(200, Map.of(), "", after, 3000));
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> row(RemoteOptions.DEFAULT.withRetries(0).withTimeout(Duration.ofMillis(300))))
                .withMessageContaining("no whole answer within 0.3 s");
    }

    @Test
    void tellsThatNobodyListens() {
        server.close();
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> connect(RemoteOptions.DEFAULT.withRetries(0)))
                .withMessageContaining("connection refused");
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> RemoteModel.connect(
                        URI.create("http://no-such-host.invalid"),
                        RemoteOptions.DEFAULT.withRetries(0),
                        new ByteModel(0, 1)))
                .withMessageContaining("no-such-host.invalid");
    }

    @ParameterizedTest
    @CsvSource({"-1, false", "100, false", "100, true"})
    void cancelsARequestUnderWay(int after, boolean chunked) {
        server.chunked = chunked;
        server.troubles.add(new Trouble(200, Map.of(), "", after, 20_000));
        try (RemoteModel model = connect(RemoteOptions.DEFAULT);
                Decoder decoder = model.open(DecoderOptions.DEFAULT)) {
            var cancellation = new Cancellation();
            var batch = new Batch().start(0, Prompt.of(7, 8), Steering.DEFAULT, true);
            Thread.startVirtualThread(() -> {
                while (server.asked.isEmpty()) {
                    Thread.onSpinWait();
                }
                cancellation.cancel();
            });
            assertThatExceptionOfType(CancelledException.class).isThrownBy(() -> decoder.decode(batch, cancellation));
            decoder.decode(batch);
            assertThat(decoder.length(0)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>",
                "{}",
                "[]",
                "{\"completion_probabilities\":null}",
                "{\"completion_probabilities\":[{\"id\":1,\"logprob\":-1}]} x",
                "{\"completion_probabilities\":[]}",
                "{\"completion_probabilities\":[{\"id\":1,\"top_logprobs\":[]}]}",
                "{\"completion_probabilities\":[{\"top_logprobs\":[{\"logprob\":-1}]}]}",
                "{\"completion_probabilities\":[{\"top_logprobs\":[{\"id\":5}]}]}",
                "{\"completion_probabilities\":[{\"top_logprobs\":[{\"id\":5,\"logprob\":null}]}]}",
                "{\"completion_probabilities\":[{\"top_logprobs\":[{\"id\":5,\"logprob\":-1},{\"id\":5,\"logprob\":-3}]}]}",
                "{\"completion_probabilities\":[{\"top_logprobs\":[{\"id\":5,\"logprob\":-0.1},{\"id\":6,\"logprob\":-0.1}]}]}",
                "{\"completion_probabilities\":[{\"top_logprobs\":[{\"id\":99999,\"logprob\":-1}]}]}"
            })
    void refusesAnswersThatMakeNoSense(String body) {
        server.rewrite = answer -> answer.contains("completion_probabilities") ? body : answer;
        if (body.endsWith("x")) {
            // What stands behind the answer does not matter.
            assertThat(row(RemoteOptions.DEFAULT)[1]).isEqualTo(-1);
            return;
        }
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> row(RemoteOptions.DEFAULT))
                .withMessageContaining("cannot be used");
    }

    @Test
    void goesOnWithTheNextTokenWhenTheServerIsBackAfterItDied() throws Exception {
        int port = server.address().getPort();
        try (RemoteModel model = connect(RemoteOptions.DEFAULT);
                var generator = Generator.open(model, DecoderOptions.DEFAULT)) {
            List<Integer> before = new ArrayList<>();
            Thread[] back = new Thread[1];
            var request =
                    GenerationRequest.of(model.tokenize(PromptText.of("Once"))).withMaxTokens(8);
            Completion completion = generator.generate(request, new Cancellation(), event -> {
                if (event instanceof GenerationEvent.Token token) {
                    before.add(token.token().id());
                    if (before.size() == 3) {
                        server.close();
                        back[0] = Thread.startVirtualThread(() -> restart(port));
                    }
                }
            });
            back[0].join();
            assertThat(completion.tokens().stream().map(GeneratedToken::id)).isEqualTo(answer(target));
            assertThat(before).isEqualTo(answer(target));
        }
    }

    private void restart(int port) {
        try {
            Thread.sleep(300);
            server = new FakeServer(Protocol.LLAMA_SERVER, target, port);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void hasNoMoreRequestsUnderWayThanItMay() {
        for (int i = 0; i < 12; i++) {
            server.troubles.add(new Trouble(200, Map.of(), "", -1, 40));
        }
        var batch = new Batch();
        for (int sequence = 0; sequence < 12; sequence++) {
            batch.start(sequence, Prompt.of(7, sequence), Steering.DEFAULT, true);
        }
        try (RemoteModel model = connect(RemoteOptions.DEFAULT.withParallel(3));
                Decoder decoder =
                        model.open(DecoderOptions.DEFAULT.withSequences(12).withMaxRows(12))) {
            decoder.decode(batch);
        }
        assertThat(server.asked).hasSize(12);
        assertThat(server.mostAtOnce).hasValue(3);
    }

    @Test
    void saysWhereItWouldBeLed() {
        server.troubles.add(new Trouble(307, Map.of("Location", "http://elsewhere/"), "{}", -1, 0));
        assertThatExceptionOfType(StatusException.class)
                .isThrownBy(() -> row(RemoteOptions.DEFAULT))
                .withMessageContaining("status 307")
                .withMessageContaining("give the address");
        assertThat(server.asked).hasSize(1);
    }

    @Test
    void readsWhatPythonWritesForZero() {
        server.rewrite = answer -> answer.contains("completion_probabilities")
                ? "{\"completion_probabilities\":[{\"top_logprobs\":[{\"id\":5,\"logprob\":0.0},"
                        + "{\"id\":6,\"logprob\":-Infinity}]}]}"
                : answer;
        float[] row = row(RemoteOptions.DEFAULT);
        assertThat(row[5]).isZero();
        assertThat(row[6]).isEqualTo(-9999);
    }

    @Test
    void readsFloorsDuplicatesAndFieldsInAnyOrder() {
        server.rewrite = answer -> answer.contains("completion_probabilities")
                ? "{\"extra\":{\"a\":[1,{}]},\"completion_probabilities\":[{\"top_logprobs\":[{\"logprob\":-1e-1,"
                        + "\"x\":[{}],\"id\":5},{\"id\":5,\"logprob\":-0.1},{\"id\":6,\"logprob\":-3.4028234663852886e+38}],"
                        + "\"id\":5,\"logprob\":-0.1}]}"
                : answer;
        float[] row = row(RemoteOptions.DEFAULT);
        assertThat(row[5]).isCloseTo(-0.1f, within(1e-6f));
        assertThat(row[6]).isEqualTo(-104);
        assertThat(row[7]).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void sendsKeysOnlyToWhomTheyAreMeantFor() {
        Map<String, String> both = Map.of("PROXYTUNE_REMOTE_KEY", "own", "OPENAI_API_KEY", "open");
        Map<String, String> openai = Map.of("OPENAI_API_KEY", "open");
        URI some = URI.create("http://host");
        URI cloud = URI.create("https://api.openai.com/v1");
        assertThat(AccessKey.find(both, cloud, Optional.empty()).orElseThrow().header())
                .isEqualTo("Bearer own");
        assertThat(AccessKey.find(openai, some, Optional.empty())).isEmpty();
        assertThat(AccessKey.find(openai, some, Optional.of(Protocol.VLLM))).isEmpty();
        assertThat(AccessKey.find(openai, cloud, Optional.empty()).orElseThrow().header())
                .isEqualTo("Bearer open");
        assertThat(AccessKey.find(openai, some, Optional.of(Protocol.OPENAI))).isPresent();
        assertThat(RemoteOptions.DEFAULT
                        .withKey(Optional.of(AccessKey.of("hush")))
                        .toString())
                .doesNotContain("hush");
        assertThatExceptionOfType(RemoteException.class)
                .isThrownBy(() -> AccessKey.find(Map.of("PROXYTUNE_REMOTE_KEY", "a b"), some, Optional.empty()))
                .withMessageNotContaining("a b");
    }
}
