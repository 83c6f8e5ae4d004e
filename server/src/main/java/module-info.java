import org.jspecify.annotations.NullMarked;

/** Models behind HTTP, in OpenAI's form. */
@NullMarked
@SuppressWarnings("requires-automatic") // Micrometer and OpenTelemetry have no module descriptors
module dev.proxytune.server {
    requires transitive dev.proxytune.chat;
    requires transitive dev.proxytune;
    requires transitive dev.proxytune.openai;
    requires java.management;
    requires jdk.management;
    requires io.helidon.common.buffers;
    requires io.helidon.common.concurrency.limits;
    requires io.helidon.common.socket;
    requires io.helidon.common.tls;
    requires io.helidon.http;
    requires io.helidon.http.encoding;
    requires io.helidon.webserver;
    requires io.opentelemetry.api;
    requires io.opentelemetry.common;
    requires io.opentelemetry.context;
    requires io.opentelemetry.sdk;
    requires io.opentelemetry.sdk.autoconfigure;
    requires io.opentelemetry.sdk.autoconfigure.spi;
    requires io.opentelemetry.sdk.common;
    requires micrometer.core;
    requires micrometer.registry.prometheus;
    requires tools.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.proxytune.server;
}
