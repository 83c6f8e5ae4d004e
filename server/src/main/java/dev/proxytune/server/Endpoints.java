package dev.proxytune.server;

import dev.proxytune.ConstraintException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.openai.AnswerFormat;
import dev.proxytune.openai.AnswerProgress;
import dev.proxytune.openai.AnswerRequest;
import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import dev.proxytune.openai.Fields;
import dev.proxytune.openai.Json;
import dev.proxytune.openai.JsonGrammars;
import dev.proxytune.openai.RequestDefaults;
import dev.proxytune.openai.RequestReader;
import dev.proxytune.openai.TokenJson;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers what clients ask, path by path. */
final class Endpoints {
    private static final List<String> KNOWN = Stream.concat(
                    Stream.of(
                            "/chat/completions",
                            "/completions",
                            "/tokenize",
                            "/detokenize",
                            RowEndpoint.PATH,
                            "/models",
                            "/health",
                            "/metrics"),
                    Page.paths().stream())
            .toList();

    private final Models models;
    private final JsonGrammars grammars;
    private final ServerOptions options;
    private final Telemetry telemetry;
    private final Traffic traffic;
    private final long started = Instant.now().getEpochSecond();

    Endpoints(Models models, JsonGrammars grammars, ServerOptions options, Telemetry telemetry, Traffic traffic) {
        this.models = models;
        this.grammars = grammars;
        this.options = options;
        this.telemetry = telemetry;
        this.traffic = traffic;
    }

    void register(HttpRouting.Builder routing) {
        post(routing, "/chat/completions", (request, response) -> answer(true, request, response));
        post(routing, "/completions", (request, response) -> answer(false, request, response));
        post(routing, "/tokenize", this::tokenize);
        post(routing, "/detokenize", this::detokenize);
        get(routing, "/models", this::list);
        get(routing, "/models/{id}", this::describe);
        get(routing, "/health", this::health);
        only("GET", routing, "/metrics", this::metrics);
        new RowEndpoint(models, options, telemetry, traffic).register(routing);
        Page.paths().forEach(path -> only("GET", routing, path, Page::send));
        routing.any((request, response) -> {
            throw ApiError.notFound(
                    "There is nothing at " + request.prologue().method().text() + " "
                            + request.path().path(),
                    "");
        });
    }

    private static void post(HttpRouting.Builder routing, String path, Handler handler) {
        only("POST", routing, "/v1" + path, handler);
        only("POST", routing, path, handler);
    }

    private static void get(HttpRouting.Builder routing, String path, Handler handler) {
        only("GET", routing, "/v1" + path, handler);
        only("GET", routing, path, handler);
    }

    private static void only(String method, HttpRouting.Builder routing, String path, Handler handler) {
        boolean get = method.equals("GET");
        if (get) {
            routing.get(path, handler);
            routing.head(path, handler);
        } else {
            routing.post(path, handler);
        }
        refuseOthers(routing, path, get ? "GET, HEAD" : method, method);
    }

    /** Refuse the methods that a path has not, after those that it has. */
    static void refuseOthers(HttpRouting.Builder routing, String path, String allowed, String told) {
        routing.any(path, (request, response) -> {
            response.header("Allow", allowed);
            throw ApiError.wrongMethod(request.path().path() + " answers to " + told + ", not to "
                    + request.prologue().method().text());
        });
    }

    private void answer(boolean chat, ServerRequest request, ServerResponse response) {
        ObjectNode body = Json.object(body(request, options.bodyLimit()));
        Fields fields = Fields.of(body);
        Models.Entry entry = models.get(fields.text("model"));
        try (var _ = traffic.enter();
                Speaker speaker = Speaker.open(entry)) {
            ModelMeters meters = telemetry.of(speaker.name());
            boolean sampled = speaker.isSteered() && meters.isSampled();
            var reader = new RequestReader(fields, speaker, grammars, RequestDefaults.openAi(), sampled);
            AnswerRequest asked = chat ? reader.chat() : reader.completion();
            Optional<Float> weight = RequestReader.weight(speaker, asked);
            weight.ifPresent(meters::steer);
            Trace trace = Trace.current();
            trace.ask(speaker.name(), asked, weight);
            Answers answers = Answers.begin(speaker.engine(), asked.requests(), meters, trace);
            try (var _ = traffic.watch(answers, answers::cancel)) {
                send(answers, asked, new AnswerFormat(chat, asked, speaker), speaker, response);
            } finally {
                answers.cancel();
            }
        }
    }

    private void send(
            Answers answers, AnswerRequest asked, AnswerFormat format, Speaker speaker, ServerResponse response) {
        var progress = new AnswerProgress(asked, speaker);
        var sender = new AnswerSender(answers, asked, format, progress, options.heartbeat());
        if (asked.stream()) {
            sender.stream(response);
        } else {
            sender.sendWhole(response);
        }
    }

    /** Return the body, or refuse one that is too large or broken. */
    static byte[] body(ServerRequest request, long limit) {
        try (InputStream in = request.content().inputStream()) {
            byte[] bytes = in.readNBytes((int) Math.min(limit + 1, Integer.MAX_VALUE - 8));
            if (bytes.length > limit) {
                throw ApiError.tooLarge(limit);
            }
            return bytes;
        } catch (IOException | UncheckedIOException e) {
            throw broken("The body is not what its Content-Encoding says: " + e.getMessage());
        } catch (DataReader.InsufficientDataAvailableException e) {
            throw broken("The body ends too early");
        } catch (NumberFormatException | RequestException e) {
            throw broken("The body's chunks cannot be told apart");
        }
    }

    /** Refuse a body after which no other request can be found. */
    private static ApiException broken(String message) {
        Connections.current().ifPresent(Inbox::end);
        return ApiError.badRequest(message);
    }

    private void tokenize(ServerRequest request, ServerResponse response) {
        Fields fields = Fields.of(Json.object(body(request, options.bodyLimit())));
        try (Speaker speaker = Speaker.open(models.get(fields.text("model")))) {
            String field = fields.has("prompt") ? "prompt" : "content";
            String text = fields.text(field)
                    .orElseThrow(() -> ApiError.wrong("content", "content is missing: a text is expected"));
            boolean special = fields.flag("add_special") || fields.flag("add_special_tokens");
            boolean parse = !fields.has("parse_special") || fields.flag("parse_special");
            int[] ids = speaker.vocabulary().tokenize(text, special, parse);
            ObjectNode answer = Json.object();
            ArrayNode tokens = answer.putArray("tokens");
            var json = new TokenJson(speaker.vocabulary());
            boolean pieces = fields.flag("with_pieces");
            for (int id : ids) {
                if (pieces) {
                    tokens.addObject().put("id", id).put("piece", json.text(id));
                } else {
                    tokens.add(id);
                }
            }
            answer.put("count", ids.length);
            answer.put("max_model_len", speaker.engine().contextLength());
            Replies.send(response, 200, answer);
        }
    }

    private void detokenize(ServerRequest request, ServerResponse response) {
        Fields fields = Fields.of(Json.object(body(request, options.bodyLimit())));
        try (Speaker speaker = Speaker.open(models.get(fields.text("model")))) {
            JsonNode tokens = fields.find("tokens")
                    .orElseThrow(() -> ApiError.wrong("tokens", "tokens is missing: a list of ids is expected"));
            if (!(tokens instanceof ArrayNode array)) {
                throw fields.wrong("tokens", "a list of token ids", tokens);
            }
            int[] ids = RequestReader.ids(fields, "tokens", array, speaker);
            String text = new String(speaker.vocabulary().detokenize(ids, false, true), StandardCharsets.UTF_8);
            Replies.send(response, 200, Json.object().put("content", text).put("prompt", text));
        }
    }

    private void list(ServerRequest request, ServerResponse response) {
        ObjectNode answer = Json.object();
        answer.put("object", "list");
        ArrayNode data = answer.putArray("data");
        models.all().forEach(entry -> data.add(json(entry)));
        Replies.send(response, 200, answer);
    }

    private void describe(ServerRequest request, ServerResponse response) {
        String name = request.path().pathParameters().get("id");
        Replies.send(response, 200, json(models.get(Optional.of(name))));
    }

    private ObjectNode json(Models.Entry entry) {
        ObjectNode model = Json.object();
        model.put("id", entry.name());
        model.put("object", "model");
        model.put("created", started);
        model.put("owned_by", "proxytune");
        model.put("loaded", entry.host().isLoaded());
        if (RowEndpoint.isShared(entry)) {
            model.put("rows", "/v1" + RowEndpoint.PATH);
        }
        if (entry.voice() == Voice.WHOLE) {
            describe(model, entry.host());
        }
        return model;
    }

    /** Tell what the page wants to know of a model. */
    private static void describe(ObjectNode model, ModelHost host) {
        ServedModel served = host.served();
        if (served.isProxied()) {
            ObjectNode proxy = model.putObject("proxy");
            ArrayNode alphas = proxy.putArray("alpha");
            for (int pair = 0; pair < host.pairs(); pair++) {
                alphas.add(served.steering().weight(pair, 0));
            }
            for (Voice part : List.of(Voice.BASE, Voice.EXPERT)) {
                if (served.roles().contains(part)) {
                    proxy.put(part.suffix().substring(1), served.name() + part.suffix());
                }
            }
        }
        if (!served.examples().isEmpty()) {
            ArrayNode examples = model.putArray("examples");
            served.examples().forEach(examples::add);
        }
    }

    private void health(ServerRequest request, ServerResponse response) {
        boolean loading = models.hosts().stream().anyMatch(ModelHost::isLoadingAtStart);
        if (loading || traffic.isDraining()) {
            String message = loading ? "Loading model" : "The server is stopping";
            Replies.send(
                    response,
                    503,
                    Map.of("error", Map.of("code", 503, "message", message, "type", "unavailable_error")));
            return;
        }
        Replies.send(response, 200, Map.of("status", "ok"));
    }

    private void metrics(ServerRequest request, ServerResponse response) {
        Replies.text(response, "text/plain; version=0.0.4; charset=utf-8", telemetry.scrape());
    }

    /** Return what a client is told about a failed request. */
    static ApiError error(Throwable cause) {
        return switch (cause) {
            case ApiException refused -> refused.error();
            case ConstraintException wrong ->
                ApiError.wrong("response_format", String.valueOf(wrong.getMessage()))
                        .error();
            // What templates refuse, and whatever else is in the request.
            case ProxyTuneException wrong ->
                ApiError.badRequest(String.valueOf(wrong.getMessage())).error();
            default -> AnswerSender.error(cause);
        };
    }

    /** Return the paths that metrics count by name. */
    static List<String> known() {
        return KNOWN;
    }
}
