package dev.proxytune.cli;

import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.ServedModel;
import dev.proxytune.server.ServerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compare what a server says in a second to many clients at once and to one after the other, and the same of bare
 * contexts.
 *
 * <p>All four contenders take turns, the one that comes first changes, and of each the fastest round counts. No request begins like one before it, so
 * that nobody finds a prompt in a cache. The server guesses nothing ahead, as bare contexts do not.
 */
final class ServeBenchmark implements AutoCloseable {
    private static final String NAME = "trio";
    private static final int CONTENDERS = 4;

    /** Each round has prompts for those who ask one by one, and others for those who ask at once. */
    private static final int SETS = 2;

    private static final int WARM_UP = 2;

    private final List<LlamaModel> models;
    private final int count;
    private final int tokens;
    private final int rounds;
    private final List<List<String>> texts = new ArrayList<>();
    private final List<List<BareTrio.Tail>> prompts = new ArrayList<>();
    private final BareTrio bare;
    private final ModelServer server;
    private final BenchClient client;

    /**
     * Start the server, and open what else is needed.
     *
     * @param models target, expert and anti-expert, which this closes
     * @param count how many requests there are, one by one or at once
     * @param tokens the length of every answer
     * @param rounds how often each contender answers as many
     */
    ServeBenchmark(List<LlamaModel> models, int count, int tokens, int rounds) {
        this.models = models;
        this.count = count;
        this.tokens = tokens;
        this.rounds = rounds;
        var trio = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
        for (int set = 0; set <= SETS * rounds; set++) {
            int first = set * count;
            List<String> some = IntStream.range(first, first + count)
                    .mapToObj(ServeBenchmark::text)
                    .toList();
            texts.add(some);
            prompts.add(some.stream()
                    .map(text -> BareTrio.Tail.whole(trio.tokenize(PromptText.of(text))))
                    .toList());
        }
        List<Prompt> all = prompts.stream()
                .flatMap(List::stream)
                .map(BareTrio.Tail::prompt)
                .toList();
        int contextLength = BareTrio.contextLength(models, all, tokens);
        this.bare = new BareTrio(models, count, contextLength);
        this.server = serve(trio, contextLength);
        this.client = new BenchClient(
                server.address(),
                NAME,
                List.copyOf(BenchPrompts.endTokens(trio.vocabulary()).keySet()));
    }

    private static String text(int index) {
        // Numbers differ from their last digit on, which comes first: hardly two neighbors begin alike.
        return new StringBuilder().append(1000 + index).reverse() + ": "
                + BenchQuestions.row(index).get("question");
    }

    private ModelServer serve(ProxyTunedModel trio, int contextLength) {
        var engine = EngineOptions.DEFAULT
                .withSequences(count)
                .withContextLength(contextLength)
                .withSpeculation(Speculation.OFF);
        var formats = PromptFormats.of(trio, new FormatChoice.Plain(), List.of(), List.of());
        var served = ServedModel.trio(NAME, true, Steering.DEFAULT, () -> new LoadedModel(trio, formats));
        var options = ServerOptions.DEFAULT.withAddress("127.0.0.1", 0);
        var running = ModelServer.start(List.of(served), engine, new LlamaGrammars(), options);
        try {
            running.awaitModels();
            return running;
        } catch (RuntimeException | Error e) {
            running.close();
            throw e;
        }
    }

    /**
     * Hold what a run found, in seconds for the requests of each round.
     *
     * @param serveAlone the server, asked by one after the other
     * @param serveTogether the server, asked by all at once
     * @param bareAlone three bare contexts, one by one
     * @param bareTogether three bare contexts of as many sequences as there are requests
     */
    record Result(
            List<Double> serveAlone, List<Double> serveTogether, List<Double> bareAlone, List<Double> bareTogether) {
        /** Return how many times as much the server says to all at once. */
        double gain() {
            return best(serveAlone) / best(serveTogether);
        }

        double bareGain() {
            return best(bareAlone) / best(bareTogether);
        }

        /** Return the shortest time: whatever else runs on a machine only adds to it. */
        static double best(List<Double> seconds) {
            return seconds.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        }
    }

    /** Return how many tokens of prompts are computed in a round by who answers all at once. */
    int promptTokens() {
        return prompts.getLast().stream().mapToInt(BareTrio.Tail::tokens).sum();
    }

    /** Run the rounds, after a few tokens that do not count. */
    Result run() {
        int few = Math.min(WARM_UP, count);
        int last = SETS * rounds;
        for (int contender = 0; contender < CONTENDERS; contender++) {
            time(
                    contender,
                    texts.get(last).subList(0, few),
                    prompts.get(last).subList(0, few),
                    Math.min(WARM_UP, tokens));
        }
        List<List<Double>> seconds = new ArrayList<>();
        for (int contender = 0; contender < CONTENDERS; contender++) {
            seconds.add(new ArrayList<>());
        }
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < CONTENDERS; turn++) {
                int contender = (turn + round) % CONTENDERS;
                int set = SETS * round + contender % SETS;
                seconds.get(contender).add(time(contender, texts.get(set), prompts.get(set), tokens));
            }
        }
        return new Result(seconds.get(0), seconds.get(1), seconds.get(2), seconds.get(3));
    }

    private double time(int contender, List<String> some, List<BareTrio.Tail> same, int length) {
        long start = System.nanoTime();
        switch (contender) {
            case 0 -> client.ask(some, false, length);
            case 1 -> client.ask(some, true, length);
            case 2 -> bare.decodeAlone(same, length);
            default -> bare.decodeTogether(same, length);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
        client.close();
        server.close();
        bare.close();
        models.forEach(LlamaModel::close);
    }
}
