package dev.proxytune.server;

import dev.proxytune.Completion;
import dev.proxytune.GenerationEvent;
import dev.proxytune.TokenTrace;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/** Measures the answers of one model. Thread-safe. */
final class ModelMeters {
    private static final Duration[] LATENCIES = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60)
    };

    /** Measuring takes several passes over each row; of one request in so many it costs next to nothing. */
    private static final int SAMPLED = 16;

    private final AtomicLong requests = new AtomicLong();
    private final Counter promptTokens;
    private final Counter generatedTokens;
    private final Counter refused;
    private final Counter sharedRows;
    private final Counter sharedBytes;
    private final Counter limited;
    private final Counter tracedTokens;
    private final Counter changedTokens;
    private final Timer firstToken;
    private final Timer betweenTokens;
    private final Timer queueing;
    private final Timer duration;
    private final DistributionSummary delta;
    private final DistributionSummary alpha;
    private final MeterRegistry registry;
    private final Tags tags;

    ModelMeters(MeterRegistry registry, String model) {
        this.registry = registry;
        this.tags = Tags.of("model", model);
        this.promptTokens = counter("proxytune.prompt.tokens", "Tokens of prompts");
        this.generatedTokens = counter("proxytune.generated.tokens", "Tokens of answers");
        this.refused = counter("proxytune.requests.refused", "Requests that found the queue full");
        this.sharedRows = counter("proxytune.shared.rows", "Rows of logits that clients got");
        this.sharedBytes = counter("proxytune.shared.rows.bytes", "Bytes of these rows");
        this.limited = counter("proxytune.requests.limited", "Requests for rows by keys that had theirs for the time");
        this.tracedTokens = counter(
                "proxytune.traced.tokens", "Tokens of answers of which it was measured how the experts moved them");
        this.changedTokens =
                counter("proxytune.changed.tokens", "Of these, those that the target alone would not have chosen");
        this.firstToken = timer("proxytune.time.to.first.token", "From the request to the answer's first token");
        this.betweenTokens = timer("proxytune.time.between.tokens", "From one token to the next");
        this.queueing = timer("proxytune.queue.time", "From the request to the begin of its prompt");
        this.duration = timer("proxytune.request.duration", "From the request to the answer's end");
        this.delta = DistributionSummary.builder("proxytune.delta")
                .description("Their delta: the probability less the target's own, without its sign")
                .tags(tags)
                .register(registry);
        this.alpha = DistributionSummary.builder("proxytune.alpha")
                .description("The weight of the first pair, by request")
                .tags(tags)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).tags(tags).register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
    }

    /** Count a request that was turned away. */
    void refuse() {
        refused.increment();
    }

    /** Count a request whose key must wait. */
    void limit() {
        limited.increment();
    }

    /** Count rows that were sent. */
    void share(int rows, int bytes) {
        sharedRows.increment(rows);
        sharedBytes.increment(bytes);
    }

    /** Return whether it is to be measured how the experts move the tokens of the next request: of one in some. */
    boolean isSampled() {
        return requests.getAndIncrement() % SAMPLED == 0;
    }

    /** Note how strongly a request steers. */
    void steer(float weight) {
        alpha.record(weight);
    }

    /** Begin to measure an answer. */
    Watch begin() {
        return new Watch();
    }

    /** Measures one answer, in the engine's thread. */
    final class Watch {
        private final long submitted = System.nanoTime();
        private long first;
        private long last;

        void see(GenerationEvent event) {
            if (!(event instanceof GenerationEvent.Token token)) {
                return;
            }
            long now = System.nanoTime();
            if (last == 0) {
                first = now;
                firstToken.record(Duration.ofNanos(now - submitted));
            } else {
                betweenTokens.record(Duration.ofNanos(now - last));
            }
            last = now;
            generatedTokens.increment();
            token.token().trace().ifPresent(trace -> trace(token.token().id(), trace));
        }

        private void trace(int id, TokenTrace trace) {
            tracedTokens.increment();
            delta.record(Math.abs(trace.delta()));
            if (trace.targetChoice() != id) {
                changedTokens.increment();
            }
        }

        void fail() {
            finish("failed");
        }

        private void finish(String reason) {
            duration.record(Duration.ofNanos(System.nanoTime() - submitted));
            Counter.builder("proxytune.requests.finished")
                    .description("Answers that ended, by why they did")
                    .tags(tags.and("reason", reason))
                    .register(registry)
                    .increment();
        }

        /** Return when the stages began of an answer that ends now. */
        Trace.Times times() {
            long now = System.nanoTime();
            return new Trace.Times(submitted, first == 0 ? now : first, now);
        }

        void end(Completion completion) {
            finish(completion.finishReason().name().toLowerCase(Locale.ROOT));
            promptTokens.increment(completion.promptTokens());
            if (first != 0) {
                long waited = first - submitted - completion.promptTime().toNanos();
                queueing.record(Duration.ofNanos(Math.max(0, waited)));
            }
        }
    }
}
