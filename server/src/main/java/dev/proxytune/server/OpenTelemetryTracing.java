package dev.proxytune.server;

import dev.proxytune.ProxyTuneException;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a span of each request, and sends it where OpenTelemetry's environment variables say. */
final class OpenTelemetryTracing implements Tracing {
    private static final Logger LOGGER = System.getLogger(OpenTelemetryTracing.class.getName());
    private static final int SECONDS_TO_END = 2;
    private static final int SECONDS_TO_FLUSH = 5;

    /** What holds unless the environment says otherwise. */
    private static final Map<String, String> USUAL = Map.of(
            "otel.service.name",
            "proxytune",
            "otel.exporter.otlp.protocol",
            "http/protobuf",
            "otel.metrics.exporter",
            "none",
            "otel.logs.exporter",
            "none");

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;
    private final TextMapPropagator propagator;

    /** One party for each request, and one for the server. */
    private final Phaser running = new Phaser(1);

    private OpenTelemetryTracing(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
        this.tracer = sdk.getTracer("dev.proxytune.server");
        this.propagator = sdk.getPropagators().getTextMapPropagator();
    }

    /**
     * Open what the environment configures.
     *
     * @throws ProxyTuneException if the configuration makes no sense
     */
    static OpenTelemetryTracing open() {
        try {
            return new OpenTelemetryTracing(AutoConfiguredOpenTelemetrySdk.builder()
                    .addPropertiesSupplier(() -> USUAL)
                    .disableShutdownHook()
                    .build()
                    .getOpenTelemetrySdk());
        } catch (ConfigurationException | IllegalArgumentException | IllegalStateException e) {
            throw new ProxyTuneException(
                    "The OpenTelemetry exporter cannot be set up: " + e.getMessage()
                            + "; check the environment variables OTEL_..., or set OTEL_SDK_DISABLED=true",
                    e);
        }
    }

    @Override
    public Trace begin(String operation, Function<String, Optional<String>> headers) {
        Context parent = propagator.extract(Context.root(), headers, Headers.INSTANCE);
        var clock = new OpenTelemetryTrace.Clock();
        var span = tracer.spanBuilder(operation)
                .setSpanKind(SpanKind.SERVER)
                .setParent(parent)
                .setStartTimestamp(clock.epoch(clock.begin()), TimeUnit.NANOSECONDS)
                .setAttribute(OpenTelemetryTrace.OPERATION, operation)
                .setAttribute(OpenTelemetryTrace.PROVIDER, "proxytune")
                .startSpan();
        if (!span.isRecording()) {
            return Trace.NONE;
        }
        running.register();
        return new OpenTelemetryTrace(tracer, span, parent.with(span), clock, operation, running::arriveAndDeregister);
    }

    @Override
    public void close() {
        try {
            // A client has its answer a moment before the request is over here.
            running.awaitAdvanceInterruptibly(running.arrive(), SECONDS_TO_END, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            LOGGER.log(Level.WARNING, "Requests did not end in time, and their spans are not sent");
        }
        var _ = sdk.shutdown().join(SECONDS_TO_FLUSH, TimeUnit.SECONDS);
    }

    private enum Headers implements TextMapGetter<Function<String, Optional<String>>> {
        INSTANCE;

        @Override
        public @Nullable String get(@Nullable Function<String, Optional<String>> headers, String key) {
            return headers == null ? null : headers.apply(key).orElse(null);
        }
    }
}
