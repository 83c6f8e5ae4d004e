package dev.proxytune.server;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.InvalidLogitsException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Steering;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import dev.proxytune.openai.Json;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ObjectNode;

/** Answers those who ask for rows of logits, of models that share them. */
final class RowEndpoint {
    static final String PATH = "/proxytune/rows";
    private static final String TYPE = "application/octet-stream";

    /** A client must take so many bytes in the time that it has to say something. */
    private static final int CHUNK = 256 << 10;

    /** To watch a client costs about as much as a small model's row; only long waits are worth it. */
    private static final int UNWATCHED_MILLIS = 20;

    private final Models models;
    private final ServerOptions options;
    private final Telemetry telemetry;
    private final Traffic traffic;

    RowEndpoint(Models models, ServerOptions options, Telemetry telemetry, Traffic traffic) {
        this.models = models;
        this.options = options;
        this.telemetry = telemetry;
        this.traffic = traffic;
    }

    void register(HttpRouting.Builder routing) {
        for (String path : new String[] {"/v1" + PATH, PATH}) {
            routing.get(path, this::describe);
            routing.head(path, this::describe);
            routing.post(path, this::share);
            Endpoints.refuseOthers(routing, path, "GET, HEAD, POST", "GET and POST");
        }
    }

    /** Return whether clients can have the rows of a name: an expert's alone are nobody's. */
    static boolean isShared(Models.Entry entry) {
        return entry.host().served().sharing().isPresent() && entry.voice() != Voice.EXPERT;
    }

    private Models.Entry entry(Optional<String> name) {
        Models.Entry entry = models.get(name);
        if (!isShared(entry)) {
            throw ApiError.notFound(
                    "The model '" + entry.name() + "' does not share its rows"
                            + (entry.voice() == Voice.EXPERT ? "" : "; serve --expose-logits lets it"),
                    "rows_not_shared");
        }
        return entry;
    }

    private static RowEngine engine(ModelHost.Lease lease) {
        return lease.rows()
                .orElseThrow(() -> new IllegalStateException("A model that shares rows has no engine for it"));
    }

    private void describe(ServerRequest request, ServerResponse response) {
        Optional<String> name = request.query().first("model").asOptional();
        Models.Entry entry = entry(name);
        try (ModelHost.Lease lease = entry.host().lease(entry.voice())) {
            RowEngine engine = engine(lease);
            ObjectNode answer = Json.object();
            answer.put("object", "proxytune.rows");
            answer.put("version", RowRequest.VERSION);
            answer.put("model", entry.name());
            answer.put("vocabulary", engine.vocabularySize());
            answer.put("context", engine.contextLength());
            answer.put("max_rows", engine.mostRows());
            entry.host()
                    .served()
                    .sharing()
                    .filter(sharing -> sharing.rate() > 0)
                    .ifPresent(sharing -> answer.put("rows_per_second", sharing.rate()));
            lease.model().model().chatTemplate().ifPresent(template -> answer.put("chat_template", template));
            Replies.send(response, 200, answer);
        }
    }

    private void share(ServerRequest request, ServerResponse response) {
        RowRequest asked = RowRequest.read(Endpoints.body(request, options.bodyLimit()));
        Models.Entry entry = entry(asked.model());
        Caller caller = Caller.CURRENT.get();
        try (var _ = traffic.enter();
                ModelHost.Lease lease = entry.host().lease(entry.voice())) {
            RowEngine engine = engine(lease);
            asked.check(engine.vocabularySize(), engine.contextLength(), engine.mostRows());
            ModelMeters meters = telemetry.of(entry.name());
            if (!engine.reserve(caller.key())) {
                meters.refuse();
                throw ApiError.busy(engine.inside());
            }
            try {
                Duration wait = engine.charge(caller.key(), asked.rows());
                if (!wait.isZero()) {
                    meters.limit();
                    limit(wait, response);
                }
                Steering steering = entry.voice() == Voice.BASE
                        ? Steering.NONE
                        : entry.host().served().steering();
                byte[] body = write(
                        RowReply.to(asked, engine.vocabularySize()), logits(engine, asked, caller.key(), steering));
                send(response, body);
                caller.share(asked.rows(), body.length);
                meters.share(asked.rows(), body.length);
            } finally {
                engine.release(caller.key());
            }
        }
    }

    private static void limit(Duration wait, ServerResponse response) {
        long seconds = Math.max(1, (wait.toMillis() + 999) / 1000);
        response.header(HeaderNames.RETRY_AFTER, Long.toString(seconds));
        throw ApiError.limited("This key has had its rows for now: more in " + seconds + " s");
    }

    private float[] logits(RowEngine engine, RowRequest asked, int key, Steering steering) {
        var cancellation = new Cancellation();
        var job = new RowJob(key, asked.tokens(), asked.rows(), steering, cancellation);
        try {
            engine.submit(job);
            return await(job);
        } catch (InterruptedException e) {
            cancellation.cancel();
            Thread.currentThread().interrupt();
            throw ApiError.unavailable("The server is stopping");
        } catch (ExecutionException | IllegalStateException e) {
            throw refusal(e);
        }
    }

    /** Wait for the rows, and, if that takes long, for news that nobody wants them any more. */
    private float[] await(RowJob job) throws InterruptedException, ExecutionException {
        try {
            return job.result.get(UNWATCHED_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            try (var _ = traffic.watch(job.cancellation::cancel)) {
                return job.result.get();
            }
        }
    }

    private static byte[] write(RowReply reply, float[] logits) {
        try {
            return reply.write(logits);
        } catch (InvalidLogitsException e) {
            throw new ApiException(AnswerSender.error(e));
        }
    }

    private static RuntimeException refusal(Exception e) {
        return switch (e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e) {
            case CancelledException _ -> ApiError.unavailable("The request was ended before its rows were there");
            case IllegalStateException _ -> ApiError.unavailable("The model is being unloaded: try again");
            case ProxyTuneException failure -> new ApiException(AnswerSender.error(failure));
            case RuntimeException failure -> failure;
            default -> new IllegalStateException(e);
        };
    }

    private static void send(ServerResponse response, byte[] body) {
        response.header(HeaderNames.CONTENT_TYPE, TYPE);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        if (body.length <= CHUNK) {
            response.send(body);
            return;
        }
        response.headers().contentLength(body.length);
        try (OutputStream out = response.outputStream()) {
            for (int from = 0; from < body.length; from += CHUNK) {
                out.write(body, from, Math.min(CHUNK, body.length - from));
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
