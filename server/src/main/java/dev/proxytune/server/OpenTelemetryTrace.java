package dev.proxytune.server;

import dev.proxytune.Completion;
import dev.proxytune.GenerationRequest;
import dev.proxytune.openai.AnswerRequest;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Is the span of one request, named after OpenTelemetry's conventions for generative models; its stages are spans below
 * it.
 *
 * <p>It ends when both the request and its answers have: the answers of a client that is gone end a step later.
 */
final class OpenTelemetryTrace implements Trace {
    static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");

    private static final AttributeKey<String> REQUEST_MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<String> RESPONSE_MODEL = AttributeKey.stringKey("gen_ai.response.model");
    private static final AttributeKey<Long> MAX_TOKENS = AttributeKey.longKey("gen_ai.request.max_tokens");
    private static final AttributeKey<Long> CHOICES = AttributeKey.longKey("gen_ai.request.choice.count");
    private static final AttributeKey<Double> TEMPERATURE = AttributeKey.doubleKey("gen_ai.request.temperature");
    private static final AttributeKey<Double> TOP_P = AttributeKey.doubleKey("gen_ai.request.top_p");
    private static final AttributeKey<Double> TOP_K = AttributeKey.doubleKey("gen_ai.request.top_k");
    private static final AttributeKey<Long> INPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.input_tokens");
    private static final AttributeKey<Long> OUTPUT_TOKENS = AttributeKey.longKey("gen_ai.usage.output_tokens");
    private static final AttributeKey<List<String>> FINISH_REASONS =
            AttributeKey.stringArrayKey("gen_ai.response.finish_reasons");
    private static final AttributeKey<Double> FIRST_TOKEN = AttributeKey.doubleKey("proxytune.time_to_first_token");
    private static final AttributeKey<Double> ALPHA = AttributeKey.doubleKey("proxytune.alpha");
    private static final AttributeKey<Boolean> STREAM = AttributeKey.booleanKey("proxytune.stream");
    private static final AttributeKey<Long> CHOICE = AttributeKey.longKey("proxytune.choice");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    private final Tracer tracer;
    private final Span span;
    private final Context context;
    private final Clock clock;
    private final String operation;
    private final Runnable over;
    private final Map<Integer, String> reasons = new TreeMap<>();
    private int open = 1;
    private long ended;
    private long outputTokens;
    private long untilFirst = Long.MAX_VALUE;
    private @Nullable Throwable failure;

    /** Turns the JVM's ticks into the time of day. */
    static final class Clock {
        private final long begin = System.nanoTime();
        private final Instant now = Instant.now();

        long begin() {
            return begin;
        }

        /** Return the nanoseconds since 1970. */
        long epoch(long ticks) {
            return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() + (ticks - begin);
        }
    }

    OpenTelemetryTrace(Tracer tracer, Span span, Context context, Clock clock, String operation, Runnable over) {
        this.tracer = tracer;
        this.span = span;
        this.context = context;
        this.clock = clock;
        this.operation = operation;
        this.over = over;
    }

    @Override
    public synchronized void ask(String model, AnswerRequest request, Optional<Float> alpha) {
        GenerationRequest first = request.prompts().getFirst().request();
        span.updateName(operation + " " + model);
        span.setAttribute(REQUEST_MODEL, model);
        span.setAttribute(RESPONSE_MODEL, model);
        span.setAttribute(STREAM, request.stream());
        span.setAttribute(TEMPERATURE, decimal(first.sampling().temperature()));
        span.setAttribute(TOP_P, decimal(first.sampling().topP()));
        if (first.sampling().topK() > 0) {
            span.setAttribute(TOP_K, (double) first.sampling().topK());
        }
        if (first.maxTokens() != Integer.MAX_VALUE) {
            span.setAttribute(MAX_TOKENS, first.maxTokens());
        }
        if (request.count() > 1) {
            span.setAttribute(CHOICES, request.count());
        }
        alpha.ifPresent(weight -> span.setAttribute(ALPHA, decimal(weight)));
        span.setAttribute(
                INPUT_TOKENS,
                request.prompts().stream()
                        .mapToLong(asked -> asked.request().prompt().length())
                        .sum());
    }

    /** Return the double that is written like the float. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    @Override
    public synchronized void expect(int answers) {
        open += answers;
    }

    @Override
    public synchronized void answer(int choice, Times times, Completion completion) {
        String reason = completion.finishReason().name().toLowerCase(Locale.ROOT);
        reasons.put(choice, reason);
        int tokens = completion.tokens().size();
        outputTokens += tokens;
        if (tokens > 0) {
            untilFirst = Math.min(untilFirst, times.first() - times.submitted());
        }
        long decoding = Math.max(
                times.submitted(), times.ended() - completion.decodeTime().toNanos());
        long reading =
                Math.max(times.submitted(), decoding - completion.promptTime().toNanos());
        stage("queue", choice, times.submitted()).end(clock.epoch(reading), TimeUnit.NANOSECONDS);
        if (!completion.promptTime().isZero()) {
            stage("prefill", choice, reading)
                    .setAttribute(INPUT_TOKENS, (long) completion.promptTokens())
                    .end(clock.epoch(decoding), TimeUnit.NANOSECONDS);
            stage("decode", choice, decoding)
                    .setAttribute(OUTPUT_TOKENS, (long) tokens)
                    .setAttribute(FINISH_REASONS, List.of(reason))
                    .end(clock.epoch(times.ended()), TimeUnit.NANOSECONDS);
        }
        leave();
    }

    private Span stage(String name, int choice, long begin) {
        return tracer.spanBuilder(name)
                .setParent(context)
                .setStartTimestamp(clock.epoch(begin), TimeUnit.NANOSECONDS)
                .setAttribute(CHOICE, (long) choice)
                .startSpan();
    }

    @Override
    public synchronized void fail(Throwable cause) {
        failure = cause;
        leave();
    }

    @Override
    public synchronized void end(int status) {
        ended = System.nanoTime();
        span.setAttribute(STATUS, (long) status);
        if (status >= 400) {
            span.setAttribute(ERROR, Integer.toString(status));
        }
        // A server is to blame for the statuses from 500 up only.
        if (status >= 500) {
            span.setStatus(StatusCode.ERROR);
        }
        leave();
    }

    private void leave() {
        open--;
        if (open > 0) {
            return;
        }
        if (!reasons.isEmpty()) {
            span.setAttribute(OUTPUT_TOKENS, outputTokens);
            span.setAttribute(FINISH_REASONS, List.copyOf(reasons.values()));
        }
        if (untilFirst != Long.MAX_VALUE) {
            span.setAttribute(FIRST_TOKEN, untilFirst / 1e9);
        }
        if (failure != null) {
            span.setAttribute(ERROR, failure.getClass().getName());
            span.setStatus(StatusCode.ERROR);
        }
        span.end(clock.epoch(ended), TimeUnit.NANOSECONDS);
        over.run();
    }
}
