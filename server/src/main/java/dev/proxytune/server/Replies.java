package dev.proxytune.server;

import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.Json;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;

/** Sends bodies. */
final class Replies {
    private static final String SECONDS_TO_WAIT = "1";

    private Replies() {}

    static void send(ServerResponse response, int status, Object json) {
        send(response, status, "application/json", Json.bytes(json));
    }

    static void send(ServerResponse response, int status, String type, byte[] body) {
        response.status(Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.send(body);
    }

    static void text(ServerResponse response, String type, String body) {
        send(response, 200, type, body.getBytes(StandardCharsets.UTF_8));
    }

    static void refuse(ServerResponse response, ApiError error) {
        boolean later = error.status() == 429 || error.status() == 503;
        if (later && !response.headers().contains(HeaderNames.RETRY_AFTER)) {
            response.header(HeaderNames.RETRY_AFTER, SECONDS_TO_WAIT);
        }
        if (error.status() == 401) {
            response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        if (error.status() == 413) {
            // The rest of the body is not worth reading.
            response.header(HeaderNames.CONNECTION, "close");
        }
        send(response, error.status(), error.body());
    }

    /** Say that events follow. */
    static void stream(ServerResponse response) {
        response.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        // nginx would collect the events.
        response.header(HeaderNames.create("X-Accel-Buffering"), "no");
    }
}
