package dev.proxytune.server;

import dev.proxytune.GuessCounts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** Holds what is measured, and prints it as Prometheus reads it. Thread-safe. */
final class Telemetry implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, ModelMeters> models = new ConcurrentHashMap<>();

    /** Return the meters of a model, by the name that clients use. */
    ModelMeters of(String model) {
        return models.computeIfAbsent(model, name -> new ModelMeters(registry, name));
    }

    /** Watch what a model's engine does. */
    void watch(ModelHost host) {
        gauge("proxytune.requests.running", "Answers that run", host, ModelHost::running);
        gauge("proxytune.requests.queued", "Answers that wait", host, ModelHost::queued);
        gauge("proxytune.model.loaded", "Whether the model is in memory", host, model -> model.isLoaded() ? 1 : 0);
        gauge(
                "proxytune.kv.cache.usage.ratio",
                "The share of the target's KV cache that running answers take",
                host,
                ModelHost::cacheUse);
        counter("proxytune.decode.steps", "Decodes from which tokens were drawn", host, GuessCounts::steps);
        counter("proxytune.spec.decode.draft.tokens", "Guesses that were checked", host, GuessCounts::guesses);
        counter("proxytune.spec.decode.accepted.tokens", "Guesses that were right", host, GuessCounts::hits);
    }

    private void gauge(String name, String description, ModelHost host, ToDoubleFunction<ModelHost> value) {
        Gauge.builder(name, host, value)
                .description(description)
                .tags(Tags.of("model", host.name()))
                .register(registry);
    }

    private void counter(String name, String description, ModelHost host, ToLongFunction<GuessCounts> value) {
        FunctionCounter.builder(name, host, model -> value.applyAsLong(model.guesses()))
                .description(description)
                .tags(Tags.of("model", host.name()))
                .register(registry);
    }

    /** Count a request that was answered. */
    void count(String path, int status) {
        Counter.builder("proxytune.http.requests")
                .description("Requests, by path and status")
                .tags(Tags.of("path", path, "status", Integer.toString(status)))
                .register(registry)
                .increment();
    }

    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
    }
}
