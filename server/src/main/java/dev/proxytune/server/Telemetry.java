package dev.proxytune.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Holds what is measured, and prints it as Prometheus reads it. Thread-safe. */
final class Telemetry implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, ModelMeters> models = new ConcurrentHashMap<>();

    /** Return the meters of a model, by the name that clients use. */
    ModelMeters of(String model) {
        return models.computeIfAbsent(model, name -> new ModelMeters(registry, name));
    }

    /** Watch how many answers of a model run and wait. */
    void watch(ModelHost host) {
        Tags tags = Tags.of("model", host.name());
        Gauge.builder("proxytune.requests.running", host, ModelHost::running)
                .description("Answers that run")
                .tags(tags)
                .register(registry);
        Gauge.builder("proxytune.requests.queued", host, ModelHost::queued)
                .description("Answers that wait")
                .tags(tags)
                .register(registry);
        Gauge.builder("proxytune.model.loaded", host, model -> model.isLoaded() ? 1 : 0)
                .description("Whether the model is in memory")
                .tags(tags)
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
