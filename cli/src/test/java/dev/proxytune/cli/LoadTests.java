package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.DecoderOptions;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ModelServer;
import dev.proxytune.server.ServedModel;
import dev.proxytune.server.ServerOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many clients at once, for as many seconds as {@code -Dproxytune.load.seconds} says. */
class LoadTests {
    private static final int CLIENTS = 64;
    private static final int SEQUENCES = 16;
    private static final int MAX_TOKENS = 24;
    private static final int CONTEXT = 256;
    private static final double MOST_GROWTH = 48 << 20;
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("proxytune.load.seconds", 15));

    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private static LanguageModel model() {
        ModelPlan plan =
                FamilyMixin.plan(Path.of("..", "models").toAbsolutePath().normalize());
        return ModelOpener.open(plan, new LlamaLoader(), role -> ModelOptions.DEFAULT.withThreads(1));
    }

    private static List<ExpectedAnswer> expected(LanguageModel model) {
        List<ExpectedAnswer> answers = new ArrayList<>();
        try (var generator = Generator.open(model, DecoderOptions.DEFAULT.withContextLength(CONTEXT))) {
            for (String country : List.of("Austria", "Finland", "Japan", "Egypt", "Chile", "Iceland")) {
                for (String question : List.of("What is %s called in Dutch?\n", "Where is %s?\n", "%s")) {
                    answers.add(ExpectedAnswer.to(question.formatted(country), model, generator, MAX_TOKENS));
                }
            }
        }
        return answers;
    }

    @Test
    void losesMixesAndCutsNoAnswerUnderLoad() throws Exception {
        List<ExpectedAnswer> expected;
        try (LanguageModel model = model()) {
            expected = expected(model);
        }
        var served = ServedModel.trio("trio", true, Steering.DEFAULT, () -> {
            LanguageModel model = model();
            return new LoadedModel(model, PromptFormats.auto(model));
        });
        var engine = EngineOptions.DEFAULT
                .withSequences(SEQUENCES)
                .withQueue(4 * CLIENTS)
                .withContextLength(CONTEXT);
        var options = ServerOptions.DEFAULT.withAddress("127.0.0.1", 0);
        try (var server = ModelServer.start(List.of(served), engine, new LlamaGrammars(), options);
                var client = new LoadClient(URI.create(server.address()), "trio", MAX_TOKENS)) {
            server.awaitModels();
            run(client, expected, LENGTH.dividedBy(4));
            Memory before = Memory.now();
            run(client, expected, LENGTH);
            Memory after = Memory.now();
            System.out.printf(
                    "load: %d answers, %d clients that left, %s; heap %s, resident %s%n",
                    answered.get(),
                    left.get(),
                    client.latencies(),
                    before.heap() + " -> " + after.heap(),
                    before.resident() + " -> " + after.resident());
            assertThat(failures).isEmpty();
            assertThat(answered.get()).isGreaterThan(CLIENTS);
            assertThat(client.get("/metrics"))
                    .contains("proxytune_requests_running{model=\"trio\"} 0")
                    .contains("proxytune_requests_queued{model=\"trio\"} 0")
                    .doesNotContain("status=\"5");
            assertThat(after.heapBytes() - before.heapBytes()).isLessThan(MOST_GROWTH);
            assertThat(after.residentBytes() - before.residentBytes()).isLessThan(MOST_GROWTH);
        }
    }

    private void run(LoadClient client, List<ExpectedAnswer> expected, Duration length) throws InterruptedException {
        long end = System.nanoTime() + length.toNanos();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            var random = new SplittableRandom(i);
            threads.add(Thread.ofVirtual().start(() -> {
                while (System.nanoTime() < end && failures.isEmpty()) {
                    ask(client, expected.get(random.nextInt(expected.size())), random);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void ask(LoadClient client, ExpectedAnswer expected, SplittableRandom random) {
        try {
            int way = random.nextInt(10);
            List<String> answers = List.of();
            if (way == 0) {
                client.vanishing(expected.prompt(), random.nextInt(1000));
                left.incrementAndGet();
            } else if (way < 6) {
                answers = List.of(client.streamed(expected.prompt()));
            } else {
                answers = client.whole(expected.prompt(), way == 6 ? 3 : 1);
            }
            for (String answer : answers) {
                answered.incrementAndGet();
                if (!expected.accepts(answer)) {
                    failures.add(new AssertionError("to '" + expected.prompt() + "' came '" + answer + "', not '"
                            + expected.completion().text() + "'"));
                }
            }
        } catch (Exception | AssertionError e) {
            failures.add(e);
        }
    }

    /**
     * Hold what the process takes.
     *
     * @param heapBytes what is left of the heap after it was swept
     */
    private record Memory(double heapBytes, double residentBytes) {

        static Memory now() {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            return new Memory(runtime.totalMemory() - runtime.freeMemory(), ResidentMemory.bytes());
        }

        String heap() {
            return mib(heapBytes);
        }

        String resident() {
            return mib(residentBytes);
        }

        private static String mib(double bytes) {
            return Math.round(bytes / (1 << 20)) + " MiB";
        }
    }
}
