package dev.proxytune.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.Capability;
import dev.proxytune.Completion;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.OverlapCounts;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Scheduler;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import dev.proxytune.Truncation;
import dev.proxytune.UnsupportedCapabilityException;
import dev.proxytune.VocabularyMismatchException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteModelTests {
    private final ByteModel target = new ByteModel(1, 8);

    private static RemoteModel connect(FakeServer server, RemoteOptions options) {
        return RemoteModel.connect(server.address(), options, new ByteModel(0, 1));
    }

    private static ProxyTunedModel trio(LanguageModel model) {
        return ProxyTunedModel.of(model, new ByteModel(2, 6), new ByteModel(3, 6));
    }

    private static GenerationRequest request(LanguageModel model, int tokens) {
        return GenerationRequest.of(model.tokenize(PromptText.of("Once upon a time")))
                .withMaxTokens(tokens);
    }

    private static Completion answer(LanguageModel model, Speculation speculation, int tokens) {
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT, speculation)) {
            return generator.generate(request(model, tokens));
        }
    }

    private static List<Integer> ids(Completion completion) {
        return completion.tokens().stream().map(GeneratedToken::id).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "VLLM, 0, 0",
        "VLLM, 4, 0",
        "VLLM, 4, 8",
        "LLAMA_SERVER, 0, 0",
        "LLAMA_SERVER, 4, 0",
        "LLAMA_SERVER, 4, 8",
        "PROXYTUNE, 0, 0",
        "PROXYTUNE, 4, 0",
        "PROXYTUNE, 4, 8"
    })
    void saysWhatTheLocalModelSays(Protocol protocol, int guesses, int top) throws IOException {
        try (var server = new FakeServer(protocol, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT.withTop(top)))) {
            Completion here = answer(trio(target), Speculation.OFF, 40);
            Completion there = answer(remote, guesses == 0 ? Speculation.OFF : Speculation.of(guesses), 40);
            assertThat(ids(there)).isEqualTo(ids(here));
            assertThat(there.tokens())
                    .allMatch(token -> token.truncation()
                            .map(left -> top > 0 && left.certain())
                            .orElse(top == 0 || protocol != Protocol.VLLM));
            if (guesses > 0 && top == 0 && protocol != Protocol.VLLM) {
                assertThat(server.asked).as("a request checks a whole draft").hasSizeLessThan(40);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = "OPENAI", mode = EnumSource.Mode.EXCLUDE)
    void runsManyAnswersSideBySide(Protocol protocol) throws IOException {
        try (var server = new FakeServer(protocol, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT));
                var local = trio(target);
                var scheduler = Scheduler.open(remote, DecoderOptions.DEFAULT.withSequences(3))) {
            List<CompletableFuture<Completion>> answers = IntStream.range(0, 5)
                    .mapToObj(
                            i -> scheduler.submit(GenerationRequest.of(remote.tokenize(PromptText.of("Question " + i)))
                                    .withMaxTokens(12)))
                    .toList();
            while (scheduler.step()) {}
            for (int i = 0; i < 5; i++) {
                try (var generator = Generator.open(local, DecoderOptions.DEFAULT)) {
                    var prompt = local.tokenize(PromptText.of("Question " + i));
                    assertThat(ids(answers.get(i).join()))
                            .isEqualTo(ids(generator.generate(
                                    GenerationRequest.of(prompt).withMaxTokens(12))));
                }
            }
        }
    }

    @Test
    void theServerIsAskedWhileExpertsCompute() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT));
                var generator = Generator.open(remote);
                var local = Generator.open(trio(target))) {
            var request = GenerationRequest.of(remote.tokenize(PromptText.of("Hello")))
                    .withMaxTokens(12);
            assertThat(ids(generator.generate(request))).isEqualTo(ids(local.generate(request)));
            assertThat(generator.overlaps().sideBySide()).isPositive();
            assertThat(local.overlaps()).isEqualTo(OverlapCounts.NONE);
        }
    }

    @Test
    void asksByIdForWhatExpertsRaiseAboveTheBest() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT.withTop(3)))) {
            Completion there = answer(remote, Speculation.OFF, 30);
            assertThat(ids(there)).isEqualTo(ids(answer(trio(target), Speculation.OFF, 30)));
            assertThat(there.tokens())
                    .allMatch(
                            token -> token.truncation().map(Truncation::certain).orElse(false));
            assertThat(server.asked).anyMatch(body -> body.has("logprob_token_ids"));
        }
    }

    @Test
    void asksForMoreWhereAServerKnowsNoIds() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT.withTop(3)))) {
            server.knowsIds = false;
            assertThat(ids(answer(remote, Speculation.OFF, 30)))
                    .isEqualTo(ids(answer(trio(target), Speculation.OFF, 30)));
            assertThat(server.asked.stream().filter(body -> body.has("logprob_token_ids")))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 4", "8, 0", "8, 4"})
    void readsLogitsOfAServerThatIsSetToTellThem(int top, int guesses) throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT.withTop(top)))) {
            Completion here = answer(trio(target), Speculation.OFF, 40);
            server.constant = 21.5;
            Completion there = answer(remote, guesses == 0 ? Speculation.OFF : Speculation.of(guesses), 40);
            assertThat(ids(there)).isEqualTo(ids(here));
            assertThat(there.tokens())
                    .allMatch(token -> token.truncation()
                            .map(left -> top > 0 && left.certain())
                            .orElse(true));
        }
    }

    @Test
    void saysNoLessIsLeftOutOfTheBestLogitsThanIs() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = connect(server, RemoteOptions.DEFAULT.withTop(8));
                var decoder = remote.open(DecoderOptions.DEFAULT)) {
            var prompt = remote.tokenize(PromptText.of("Once"));
            double[] best = IntStream.range(0, ByteModel.SIZE)
                    .mapToDouble(id -> -target.logprobs(prompt.tokens())[id])
                    .sorted()
                    .limit(8)
                    .map(logprob -> Math.exp(-logprob))
                    .toArray();
            server.constant = 21.5;
            decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true));
            Truncation truncation = decoder.row(0).truncation().orElseThrow();
            double told = DoubleStream.of(best).sum();
            double most = (ByteModel.SIZE - 8) * best[7];
            assertThat(truncation.mass()).isCloseTo(most / (told + most), within(1e-4));
            assertThat((double) truncation.bound()).isCloseTo(Math.log(best[7] / (told + most)), within(1e-3));
        }
    }

    @Test
    void namesNoMoreTokensAtOnceThanVllmTakes() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = connect(server, RemoteOptions.DEFAULT.withTop(3));
                var decoder = remote.open(DecoderOptions.DEFAULT)) {
            var prompt = remote.tokenize(PromptText.of("Once"));
            decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true));
            widenAll(decoder);
            assertThat(server.asked)
                    .filteredOn(body -> body.has("logprob_token_ids"))
                    .hasSize(3);
            assertThat(server.asked).noneMatch(body -> body.get("logprobs").intValue() == -1);
            double[] logprobs = target.logprobs(prompt.tokens());
            assertThat((double) decoder.row(0).logit(200)).isCloseTo(logprobs[200], within(1e-4));
        }
    }

    @Test
    void doesNotNameWhatTheServersVocabularyDoesNotHave() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = connect(server, RemoteOptions.DEFAULT.withTop(3));
                var decoder = remote.open(DecoderOptions.DEFAULT)) {
            server.vocabulary = 240;
            var prompt = remote.tokenize(PromptText.of("Once"));
            for (int row = 0; row < 2; row++) {
                decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true));
                widenAll(decoder);
                assertThat((double) decoder.row(0).logit(239))
                        .isCloseTo(target.logprobs(prompt.tokens())[239], within(1e-4));
                assertThat(decoder.row(0).logit(240)).isEqualTo(-9999);
            }
            assertThat(server.asked).noneMatch(body -> body.get("logprobs").intValue() == -1);
            assertThat(server.asked.getLast().get("logprob_token_ids").values()).hasSize(240 - 128);
        }
    }

    private static void widenAll(Decoder decoder) {
        int[] all = IntStream.range(0, ByteModel.SIZE).toArray();
        decoder.find(Capability.Widen.class).orElseThrow().widen(Map.of(0, all), new Cancellation());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void answersUntilTheContextOfVllmIsFull(int guesses) throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT))) {
            var speculation = guesses == 0 ? Speculation.OFF : Speculation.of(guesses);
            Completion here = answer(trio(target), Speculation.OFF, 800);
            Completion there = answer(remote, speculation, 800);
            assertThat(ids(there)).isEqualTo(ids(here).subList(0, there.tokens().size()));
            assertThat(there.tokens()).hasSizeBetween(FakeServer.VLLM_CONTEXT - 20, FakeServer.VLLM_CONTEXT);
        }
    }

    @Test
    void takesAsMuchAsAServerAllowsAndSaysWhatIsNotCertain() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT))) {
            server.maxLogprobs = 5;
            server.knowsIds = false;
            Completion there = answer(remote, Speculation.OFF, 30);
            assertThat(there.tokens())
                    .hasSize(30)
                    .anyMatch(token ->
                            !token.truncation().map(Truncation::certain).orElse(true));
            assertThat(there.tokens().getFirst().truncation().orElseThrow().mass())
                    .isBetween(0.01, 1.0);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = "OPENAI", mode = EnumSource.Mode.EXCLUDE)
    void refusesAnotherVocabulary(Protocol protocol) throws IOException {
        try (var server = new FakeServer(protocol, target)) {
            server.shiftsTokens = true;
            var tokenizer = new ByteModel(0, 1);
            assertThatExceptionOfType(VocabularyMismatchException.class)
                    .isThrownBy(() -> RemoteModel.connect(server.address(), RemoteOptions.DEFAULT, tokenizer))
                    .withMessageContaining("--remote-tokenizer")
                    .withMessageContaining("85");
            assertThat(tokenizer.isClosed()).isTrue();
            assertThat(server.asked).isEmpty();
        }
    }

    @Test
    void steersTheFirstTokenOfAChatAnswerAndRefusesToGoOn() throws IOException {
        try (var server = new FakeServer(Protocol.OPENAI, target);
                var remote = connect(server, RemoteOptions.DEFAULT)) {
            assertThat(remote.protocol()).isEqualTo(Protocol.OPENAI);
            Completion first = answer(remote, Speculation.OFF, 1);
            assertThat(first.text()).isEqualTo("B");
            // Not told: the rest of 1, of which the number for "ö" is no part.
            double told = Math.exp(-0.5) + Math.exp(-1.5) + Math.exp(-2.5) + Math.exp(-3);
            assertThat(first.tokens().getFirst().truncation().orElseThrow().mass())
                    .isCloseTo(1 - told, within(1e-4));
            assertThat(server.asked.getFirst().at("/messages/0/content").asString())
                    .isEqualTo("Once upon a time");
            assertThatExceptionOfType(UnsupportedCapabilityException.class)
                    .isThrownBy(() -> answer(remote, Speculation.OFF, 2))
                    .withMessageContaining("cannot continue an answer");
        }
    }

    @Test
    void addsUpTheFormsOfAChatTokenAndAdaptsToWhatAModelAllows() throws IOException {
        try (var server = new FakeServer(Protocol.OPENAI, target);
                var remote = connect(server, RemoteOptions.DEFAULT);
                var decoder = remote.open(DecoderOptions.DEFAULT)) {
            server.maxLogprobs = 5;
            decoder.decode(new Batch().start(0, remote.tokenize(PromptText.of("Which?")), Steering.DEFAULT, true));
            assertThat((double) decoder.row(0).logit('A'))
                    .isCloseTo(Math.log(Math.exp(-1.5) + Math.exp(-2.5)), within(1e-5));
            assertThat(server.asked.getLast().get("top_logprobs").intValue()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"OPENAI", "PROXYTUNE"},
            mode = EnumSource.Mode.EXCLUDE)
    void asksRowByRowWhereAServerCannotTellADraftAtOnce(Protocol protocol) throws IOException {
        int top = protocol == Protocol.VLLM ? 8 : 0;
        try (var server = new FakeServer(protocol, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT.withTop(top)))) {
            server.keepsToDrafts = false;
            assertThat(ids(answer(remote, Speculation.of(4), 40)))
                    .isEqualTo(ids(answer(trio(target), Speculation.OFF, 40)));
            assertThat(server.asked.stream().filter(body -> body.has("grammar") || body.has("prompt_logprobs")))
                    .as("it is tried once")
                    .hasSize(1);
        }
    }

    @Test
    void asksVllmForDraftsBothWays() throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = trio(connect(server, RemoteOptions.DEFAULT))) {
            assertThat(ids(answer(remote, Speculation.of(4), 40)))
                    .isEqualTo(ids(answer(trio(target), Speculation.OFF, 40)));
            assertThat(server.asked).anyMatch(body -> body.has("prompt_logprobs"));
            assertThat(server.asked.stream()
                            .filter(body -> body.get("prompt").size() > 5 && !body.has("prompt_logprobs")))
                    .as("rows of drafts that were asked for apart")
                    .isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDraftedTokenSaysNothingOfThoseLeftOut(boolean ranks) throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = connect(server, RemoteOptions.DEFAULT.withTop(3));
                var decoder = remote.open(DecoderOptions.DEFAULT.withMaxRows(2))) {
            server.ranks = ranks;
            var prompt = remote.tokenize(PromptText.of("Once"));
            double[] logprobs = target.logprobs(prompt.tokens());
            decoder.decode(new Batch().start(0, prompt, Steering.DEFAULT, true).append(0, ByteModel.END, true));
            assertThat(server.asked).as("a request checks a whole draft").hasSize(1);
            double third = IntStream.range(0, ByteModel.SIZE)
                    .mapToDouble(id -> logprobs[id])
                    .sorted()
                    .toArray()[ByteModel.SIZE - 3];
            assertThat((double) decoder.row(0).truncation().orElseThrow().bound())
                    .isCloseTo(third, within(1e-5));
            assertThat((double) decoder.row(0).logit(ByteModel.END)).isCloseTo(logprobs[ByteModel.END], within(1e-4));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Protocol.class,
            names = {"OPENAI", "PROXYTUNE"},
            mode = EnumSource.Mode.EXCLUDE)
    void tellsAServerByWhatItHasWhereItsListDoesNot(Protocol protocol) throws IOException {
        try (var server = new FakeServer(protocol, target)) {
            server.owner = Optional.of("somebody");
            try (var remote = connect(server, RemoteOptions.DEFAULT)) {
                assertThat(remote.protocol()).isEqualTo(protocol);
            }
            server.missing.add("/v1/models");
            try (var remote = connect(server, RemoteOptions.DEFAULT)) {
                assertThat(remote.protocol()).isEqualTo(protocol);
                assertThat(ids(answer(remote, Speculation.OFF, 3))).isEqualTo(ids(answer(target, Speculation.OFF, 3)));
            }
        }
        try (var server = new FakeServer(Protocol.OPENAI, target)) {
            server.missing.add("/v1/models");
            assertThatExceptionOfType(RemoteException.class)
                    .isThrownBy(() -> connect(server, RemoteOptions.DEFAULT))
                    .withMessageContaining("--remote-model");
        }
    }

    @ParameterizedTest
    @EnumSource(value = Protocol.class, names = "OPENAI", mode = EnumSource.Mode.EXCLUDE)
    void takesTheUsersTokenizerWhereAServerTellsNoTokens(Protocol protocol) throws IOException {
        try (var server = new FakeServer(protocol, target)) {
            server.missing.add("/tokenize");
            assertThatExceptionOfType(RemoteException.class)
                    .isThrownBy(() -> connect(server, RemoteOptions.DEFAULT))
                    .withMessageContaining("--remote-tokenizer");
            connect(server, RemoteOptions.DEFAULT.withTrusted(true)).close();
            server.missing.clear();
            server.shiftsTokens = true;
            assertThatExceptionOfType(VocabularyMismatchException.class)
                    .isThrownBy(() -> connect(server, RemoteOptions.DEFAULT.withTrusted(true)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, 'logprobs must be less than or equal to 20', 20",
        "422, 'Input should be at most 20 for logprobs', 20",
        "400, 'Requested sample logprobs of 257, which is greater than max allowed: 9', 9"
    })
    void asksForFewerInWhateverWordsAServerWantsThat(int status, String words, int most) throws IOException {
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = connect(server, RemoteOptions.DEFAULT)) {
            server.troubles.add(FakeServer.Trouble.status(status, "{\"error\":{\"message\":\"" + words + "\"}}"));
            answer(remote, Speculation.OFF, 2);
            assertThat(server.asked.get(1).get("logprobs").intValue()).isEqualTo(most);
            assertThat(server.asked.get(2).get("logprobs").intValue()).isEqualTo(most);
        }
    }

    @Test
    void takesContextAndTemplateFromTheServer() throws IOException {
        try (var server = new FakeServer(Protocol.LLAMA_SERVER, target);
                var remote = connect(server, RemoteOptions.DEFAULT)) {
            assertThat(remote.contextLength()).isEqualTo(300);
            assertThat(remote.chatTemplate()).isEqualTo(Optional.of("T"));
            assertThat(remote.name()).isEqualTo("m");
        }
        try (var server = new FakeServer(Protocol.VLLM, target);
                var remote = connect(server, RemoteOptions.DEFAULT)) {
            assertThat(remote.contextLength())
                    .as("the last place is for the token that vLLM draws")
                    .isEqualTo(FakeServer.VLLM_CONTEXT - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://host", "http://user:pw@host", "http://host?key=1", "http:/host", "http://host#x"})
    void refusesWhatIsNoAddress(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RemoteModel.checked(address))
                .withMessageNotContaining("pw");
    }

    @ParameterizedTest
    @CsvSource({
        "http://host:8000, http://host:8000",
        "http://host:8000/, http://host:8000",
        "https://Host/v1, https://Host",
        "https://host/a/v1/, https://host/a"
    })
    void findsTheRootOfAnAddress(String address, String root) {
        assertThat(RemoteModel.root(RemoteModel.checked(address))).hasToString(root);
    }
}
