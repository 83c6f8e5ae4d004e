package dev.proxytune.server;

import dev.proxytune.ProxyTuneException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Tells a system outside what each request went through. Thread-safe. */
interface Tracing extends AutoCloseable {

    /** Tells nobody. */
    Tracing NONE = (_, _) -> Trace.NONE;

    /**
     * Begin to follow a request for answers.
     *
     * @param operation what is asked for, as OpenTelemetry calls it
     * @param headers gives the first value of a header, by which the request may be part of a client's trace
     */
    Trace begin(String operation, Function<String, Optional<String>> headers);

    /** Pass on what has not been yet, for at most a few seconds. */
    @Override
    default void close() {}

    /**
     * Open what the environment (or system properties of the same meaning) configures, in OpenTelemetry's terms.
     *
     * @throws ProxyTuneException if the configuration makes no sense
     */
    static Tracing configured() {
        // Only here, so that its classes load only for those who have use for them.
        return isWished(Tracing::setting) ? OpenTelemetryTracing.open() : NONE;
    }

    /**
     * Return whether there is somewhere to send spans to.
     *
     * @param setting gives a setting by the name of its system property, the empty text for none
     */
    static boolean isWished(Function<String, String> setting) {
        if (setting.apply("otel.sdk.disabled").equalsIgnoreCase("true")) {
            return false;
        }
        String exporter = setting.apply("otel.traces.exporter");
        if (!exporter.isEmpty()) {
            return !exporter.equals("none");
        }
        return !setting.apply("otel.exporter.otlp.endpoint").isEmpty()
                || !setting.apply("otel.exporter.otlp.traces.endpoint").isEmpty();
    }

    private static String setting(String name) {
        String variable = name.replace('.', '_').toUpperCase(Locale.ROOT);
        return Optional.ofNullable(System.getProperty(name))
                .or(() -> Optional.ofNullable(System.getenv(variable)))
                .orElse("")
                .strip();
    }
}
