package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.remote.AccessKey;
import dev.proxytune.remote.Precision;
import dev.proxytune.remote.Protocol;
import dev.proxytune.remote.RemoteModel;
import dev.proxytune.remote.RemoteOptions;
import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.RowSharing;
import dev.proxytune.server.ServedModel;
import dev.proxytune.server.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Compare how long the answers of a trio take whose target is here, and of one whose target is behind a server that shares
 * rows, over links that take their time.
 *
 * <p>Contenders take turns, and the one that comes first changes. A ratio is the median of the rounds' ratios, against the
 * local trio that guesses as far ahead.
 */
final class SplitBenchmark implements AutoCloseable {
    private static final String NAME = "target";
    private static final String KEY = "bench";
    private static final int WARM_UP = 2;

    private final ProxyTunedModel trio;
    private final List<Prompt> prompts;
    private final int tokens;
    private final ModelServer server;
    private final List<SlowLink> links = new ArrayList<>();
    private final List<LanguageModel> remotes = new ArrayList<>();
    private final List<Contender> contenders = new ArrayList<>();

    /**
     * Say how rows are asked for.
     *
     * @param guesses how many tokens are guessed ahead, a contender each; 0 for none
     * @param delays what a round trip takes longer, a contender each; 0 for the loopback as it is
     */
    record Ways(List<Integer> guesses, List<Integer> delays, int top, Optional<Precision> precision) {}

    /**
     * Start the server and connect to it.
     *
     * @param trio what is asked here, which this closes
     * @param target opens the target that is served, which this closes
     * @param vocabulary opens the target's vocabulary, for each contender
     */
    SplitBenchmark(
            ProxyTunedModel trio,
            Supplier<LanguageModel> target,
            Supplier<LanguageModel> vocabulary,
            List<Prompt> prompts,
            int tokens,
            Ways ways)
            throws IOException {
        this.trio = trio;
        this.prompts = prompts;
        this.tokens = tokens;
        this.server = serve(target);
        RemoteOptions options = RemoteOptions.DEFAULT
                .withProtocol(Optional.of(Protocol.PROXYTUNE))
                .withKey(Optional.of(AccessKey.of(KEY)))
                .withTop(ways.top())
                .withPrecision(ways.precision());
        URI direct = URI.create(server.address());
        for (int count : ways.guesses()) {
            Speculation speculation = count == 0 ? Speculation.OFF : Speculation.of(count);
            var local = new Contender(count, -1, trio, speculation, Optional.empty(), Optional.empty());
            contenders.add(local);
            for (int delay : ways.delays()) {
                SlowLink link = SlowLink.to(direct, Duration.ofMillis(delay));
                links.add(link);
                LanguageModel counted = steered(RemoteModel.connect(link.address(), options, vocabulary.get()));
                // The link itself costs time too, so where nothing is to be added it only counts.
                LanguageModel timed =
                        delay == 0 ? steered(RemoteModel.connect(direct, options, vocabulary.get())) : counted;
                contenders.add(new Contender(
                        count, delay, timed, speculation, Optional.of(local), Optional.of(new Meter(link, counted))));
            }
        }
    }

    private LanguageModel steered(LanguageModel target) {
        LanguageModel model = ProxyTunedModel.of(target, trio.pairs());
        remotes.add(target);
        return model;
    }

    private ModelServer serve(Supplier<LanguageModel> target) {
        var options = ServerOptions.DEFAULT.withAddress("127.0.0.1", 0).withApiKeys(List.of(KEY));
        var served = ServedModel.single(NAME, () -> {
                    LanguageModel model = target.get();
                    return new LoadedModel(
                            model, PromptFormats.of(model, new FormatChoice.Plain(), List.of(), List.of()));
                })
                .withSharing(new RowSharing(0));
        var running = ModelServer.start(List.of(served), EngineOptions.DEFAULT, new LlamaGrammars(), options);
        try {
            running.awaitModels();
            return running;
        } catch (RuntimeException | Error e) {
            running.close();
            throw e;
        }
    }

    /** Counts the bytes of what a model asks. */
    private record Meter(SlowLink link, LanguageModel model) {}

    /**
     * Hold what was found.
     *
     * @param guesses how many tokens were guessed ahead
     * @param delay what was added to a round trip in milliseconds, −1 for the local target
     * @param rate tokens a second, the median
     * @param ratio how many times as fast as the local one with as many guesses, the median
     * @param sent bytes sent for a token
     * @param received bytes received for a token
     * @param same whether all answers are those of the local one
     */
    record Result(int guesses, int delay, double rate, double ratio, double sent, double received, boolean same) {}

    private final class Contender {
        private final int guesses;
        private final int delay;
        private final Generator generator;
        private final Optional<Contender> local;
        private final Optional<Meter> meter;
        private final Speculation speculation;
        private double[] rates = new double[0];
        private List<List<Integer>> answers = List.of();

        Contender(
                int guesses,
                int delay,
                LanguageModel model,
                Speculation speculation,
                Optional<Contender> local,
                Optional<Meter> meter) {
            this.guesses = guesses;
            this.delay = delay;
            this.local = local;
            this.meter = meter;
            this.speculation = speculation;
            this.generator = open(model);
        }

        private Generator open(LanguageModel model) {
            int longest = prompts.stream().mapToInt(Prompt::length).max().orElse(0);
            return Generator.open(model, DecoderOptions.DEFAULT.withContextLength(longest + tokens), speculation);
        }

        /** Answer all questions, and return how many tokens that were. */
        private int answer(Generator with) {
            answers = prompts.stream()
                    .map(prompt -> with
                            .generate(GenerationRequest.of(prompt)
                                    .withSteering(Steering.DEFAULT)
                                    .withMaxTokens(tokens))
                            .tokens()
                            .stream()
                            .map(GeneratedToken::id)
                            .toList())
                    .toList();
            return answers.stream().mapToInt(List::size).sum();
        }

        private void time(int round) {
            long start = System.nanoTime();
            int drawn = answer(generator);
            if (round >= 0) {
                rates[round] = drawn / ((System.nanoTime() - start) / 1e9);
            }
        }

        private Result result() {
            boolean same = local.map(other -> other.answers.equals(answers)).orElse(true);
            double ratio = Medians.ofRatios(rates, local.orElse(this).rates);
            double[] bytes = meter.map(this::bytes).orElse(new double[2]);
            return new Result(guesses, delay, Medians.of(rates), ratio, bytes[0], bytes[1], same);
        }

        private double[] bytes(Meter counter) {
            long sent = counter.link().sent();
            long received = counter.link().received();
            try (Generator counted = open(counter.model())) {
                double drawn = answer(counted);
                return new double[] {
                    (counter.link().sent() - sent) / drawn, (counter.link().received() - received) / drawn
                };
            }
        }
    }

    /** Run the rounds, after some that do not count. */
    List<Result> run(int rounds) {
        contenders.forEach(contender -> contender.rates = new double[rounds]);
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int turn = 0; turn < contenders.size(); turn++) {
                contenders.get(Math.floorMod(turn + round, contenders.size())).time(round);
            }
        }
        return contenders.stream().map(Contender::result).toList();
    }

    @Override
    public void close() {
        contenders.forEach(contender -> contender.generator.close());
        remotes.forEach(LanguageModel::close);
        links.forEach(SlowLink::close);
        server.close();
        trio.close();
    }
}
