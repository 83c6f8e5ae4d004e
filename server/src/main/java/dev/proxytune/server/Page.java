package dev.proxytune.server;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Sends the files of the page for people. */
final class Page {
    /** Nothing from elsewhere, nothing inline, and no text that becomes code. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private static final Map<String, File> FILES = Map.of(
            "/", File.read("index.html", "text/html; charset=utf-8"),
            "/style.css", File.read("style.css", "text/css; charset=utf-8"),
            "/app.js", File.read("app.js", SCRIPT),
            "/client.js", File.read("client.js", SCRIPT),
            "/panels.js", File.read("panels.js", SCRIPT),
            "/inspector.js", File.read("inspector.js", SCRIPT),
            "/icon.svg", File.read("icon.svg", "image/svg+xml"));

    private Page() {}

    private static final class File {
        private final String type;
        private final byte[] bytes;

        private File(String type, byte[] bytes) {
            this.type = type;
            this.bytes = bytes;
        }

        static File read(String name, String type) {
            try (InputStream in = Objects.requireNonNull(Page.class.getResourceAsStream(name))) {
                return new File(type, in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Return where the files are; they need no key. */
    static Set<String> paths() {
        return FILES.keySet();
    }

    static void send(ServerRequest request, ServerResponse response) {
        File file = Objects.requireNonNull(FILES.get(request.path().path()));
        response.header("Content-Security-Policy", POLICY);
        response.header("X-Content-Type-Options", "nosniff");
        response.header("Referrer-Policy", "no-referrer");
        // A page of an older server would not know how to speak with this one.
        response.header(HeaderNames.CACHE_CONTROL, "no-cache");
        Replies.send(response, 200, file.type, file.bytes);
    }
}
