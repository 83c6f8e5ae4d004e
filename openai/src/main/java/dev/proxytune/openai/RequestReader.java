package dev.proxytune.openai;

import dev.proxytune.GenerationRequest;
import dev.proxytune.Prompt;
import dev.proxytune.Report;
import dev.proxytune.Sampling;
import dev.proxytune.Steering;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** Reads what a client asks for, and refuses what cannot be. */
public final class RequestReader {
    private static final int MOST_STOPS = 16;
    private static final int MOST_CHOICES = 128;
    private static final int MOST_CANDIDATES = 20;

    private final Fields fields;
    private final Respondent respondent;
    private final JsonGrammars grammars;
    private final RequestDefaults defaults;
    private final boolean sampled;

    public RequestReader(Fields fields, Respondent respondent, JsonGrammars grammars, RequestDefaults defaults) {
        this(fields, respondent, grammars, defaults, false);
    }

    /**
     * Create a reader.
     *
     * @param sampled whether it is to be known how the experts move the tokens, whatever the client asks for
     */
    public RequestReader(
            Fields fields, Respondent respondent, JsonGrammars grammars, RequestDefaults defaults, boolean sampled) {
        this.fields = fields;
        this.respondent = respondent;
        this.grammars = grammars;
        this.defaults = defaults;
        this.sampled = sampled;
    }

    /**
     * Read the body of a chat completion.
     *
     * @throws ApiException if it asks for what cannot be
     * @throws dev.proxytune.ProxyTuneException if a template or a grammar refuses it
     */
    public AnswerRequest chat() {
        refuseDemandedCalls();
        boolean logprobs = fields.flag("logprobs");
        OptionalInt candidates = fields.integer("top_logprobs", 0, MOST_CANDIDATES);
        if (candidates.isPresent() && !logprobs) {
            throw ApiError.wrong("top_logprobs", "top_logprobs needs logprobs to be true");
        }
        Report report = report(logprobs, candidates.orElse(0));
        Prompt prompt = respondent.prompt(new ConversationReader(fields).read());
        GenerationRequest request = request(prompt, report, defaults.chatTokens());
        return with(List.of(new AnswerRequest.Asked(request, "")), logprobs);
    }

    /**
     * Read the body of a text completion.
     *
     * @throws ApiException if it asks for what cannot be
     * @throws dev.proxytune.ProxyTuneException if a grammar refuses it
     */
    public AnswerRequest completion() {
        if (!fields.text("suffix").orElse("").isEmpty()) {
            throw ApiError.wrong("suffix", "suffix is not supported: these models go on with a text, and fill none in");
        }
        int count = count();
        if (fields.integer("best_of", 1, MOST_CHOICES).orElse(count) > count) {
            throw ApiError.wrong("best_of", "best_of must not be above n: all answers that are made are returned");
        }
        OptionalInt candidates = completionLogprobs();
        Report report = report(candidates.isPresent(), candidates.orElse(0));
        boolean echo = fields.flag("echo");
        Report told = echo && report.kind() != Report.Kind.NONE ? report.withPrompt() : report;
        List<AnswerRequest.Asked> prompts = new ArrayList<>();
        for (Given given : prompts()) {
            GenerationRequest request = request(given.prompt(), told, defaults.textTokens());
            prompts.add(new AnswerRequest.Asked(request, echo ? given.text() : ""));
        }
        return with(prompts, candidates.isPresent());
    }

    private AnswerRequest with(List<AnswerRequest.Asked> prompts, boolean logprobs) {
        boolean usage = fields.object("stream_options")
                .map(options -> options.flag("include_usage"))
                .orElse(false);
        return new AnswerRequest(prompts, count(), fields.flag("stream"), usage, logprobs, isTraced());
    }

    private int count() {
        return fields.integer("n", 1, MOST_CHOICES).orElse(1);
    }

    /** Refuse to call a tool for certain: who asks for that would not know what to do with a text. */
    private void refuseDemandedCalls() {
        Optional<JsonNode> choice = fields.find("tool_choice");
        if (choice.isPresent() && !Set.of("auto", "none").contains(choice.get().asString(""))) {
            throw ApiError.wrong(
                    "tool_choice",
                    "tool_choice must be auto or none, as calls are not read out of answers, got "
                            + Fields.describe(choice.get()));
        }
    }

    private boolean isTraced() {
        return fields.find("proxy_trace")
                .map(node -> node.isObject() || fields.flag("proxy_trace"))
                .orElse(false);
    }

    private Report report(boolean logprobs, int candidates) {
        if (!isTraced()) {
            Report wanted = logprobs ? Report.LOGPROBS.withCandidates(candidates) : Report.NONE;
            return sampled ? Report.TRACE.withCandidates(wanted.candidates()) : wanted;
        }
        int traced = fields.find("proxy_trace").orElseThrow().isObject()
                ? fields.object("proxy_trace")
                        .orElseThrow()
                        .integer("candidates", 0, MOST_CANDIDATES)
                        .orElse(0)
                : 0;
        return Report.TRACE.withCandidates(Math.max(candidates, traced));
    }

    private OptionalInt completionLogprobs() {
        Optional<JsonNode> node = fields.find("logprobs");
        if (node.isPresent() && node.get().isBoolean()) {
            return node.get().booleanValue()
                    ? OptionalInt.of(
                            fields.integer("top_logprobs", 0, MOST_CANDIDATES).orElse(0))
                    : OptionalInt.empty();
        }
        return fields.integer("logprobs", 0, MOST_CANDIDATES);
    }

    private GenerationRequest request(Prompt prompt, Report report, int usual) {
        int context = respondent.contextLength();
        if (prompt.longest() >= context) {
            throw ApiError.outgrown(prompt.longest(), context);
        }
        Sampling sampling = new SamplingReader(fields, respondent, grammars).read(defaults.sampling());
        return new GenerationRequest(
                prompt, respondent.steering(steering()), sampling, maxTokens(usual), stops(), report);
    }

    private int maxTokens(int usual) {
        int limit = respondent.maxTokens();
        for (String name : List.of("max_completion_tokens", "max_tokens", "n_predict")) {
            if (fields.has(name)) {
                // −1 is llama.cpp's word for as many as there is room for.
                int given = fields.integer(name, -1, limit).orElse(-1);
                return given == -1 ? limit : given;
            }
        }
        return Math.min(usual, limit);
    }

    private List<String> stops() {
        Optional<JsonNode> node = fields.find("stop");
        if (node.isEmpty()) {
            return defaults.stops();
        }
        if (node.get().isString()) {
            return stops(List.of(node.get()));
        }
        if (!(node.get() instanceof ArrayNode array) || array.size() > MOST_STOPS) {
            throw fields.wrong("stop", "a text or a list of at most " + MOST_STOPS + " texts", node.get());
        }
        return stops(array);
    }

    private List<String> stops(Iterable<JsonNode> nodes) {
        List<String> stops = new ArrayList<>();
        for (JsonNode stop : nodes) {
            if (!stop.isString() || stop.asString().isEmpty()) {
                throw fields.wrong("stop", "texts of a character or more", stop);
            }
            stops.add(stop.asString());
        }
        return stops;
    }

    /** Return the weights that the client wants. */
    private Optional<Steering> steering() {
        Optional<Fields> proxy = fields.object("proxy");
        Optional<JsonNode> alpha = proxy.flatMap(given -> given.find("alpha"));
        if (alpha.isEmpty()) {
            return Optional.empty();
        }
        if (!respondent.isSteered()) {
            throw ApiError.wrong("proxy.alpha", respondent.name() + " has no experts that proxy.alpha could weigh");
        }
        Fields named = proxy.get();
        if (!(alpha.get() instanceof ArrayNode array)) {
            return Optional.of(Steering.of(weight(named, alpha.get())));
        }
        if (array.size() != respondent.pairs()) {
            throw named.wrong("alpha", "a number, or a list of " + respondent.pairs(), array);
        }
        float[] weights = new float[array.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = weight(named, array.get(i));
        }
        return Optional.of(Steering.of(weights));
    }

    private static float weight(Fields proxy, JsonNode node) {
        return proxy.finite("alpha", node, -Float.MAX_VALUE, Float.MAX_VALUE);
    }

    /** Hold a prompt, and its text. */
    private record Given(Prompt prompt, String text) {}

    private List<Given> prompts() {
        JsonNode node = fields.find("prompt")
                .orElseThrow(() -> ApiError.wrong("prompt", "prompt is missing: a text is expected"));
        if (!(node instanceof ArrayNode array)) {
            return List.of(prompt(node));
        }
        if (array.isEmpty()) {
            throw fields.wrong("prompt", "a text, a list of texts, or token ids", node);
        }
        if (array.get(0).isNumber()) {
            return List.of(prompt(array));
        }
        return StreamSupport.stream(array.spliterator(), false)
                .map(this::prompt)
                .toList();
    }

    private Given prompt(JsonNode node) {
        if (node.isString()) {
            String text = node.asString();
            if (text.isEmpty() && respondent.vocabulary().tokenize("", true, true).length == 0) {
                throw ApiError.wrong("prompt", "prompt is empty, and the model has no token to begin a text with");
            }
            return new Given(respondent.prompt(text), text);
        }
        if (!(node instanceof ArrayNode array) || array.isEmpty()) {
            throw fields.wrong("prompt", "a text, a list of texts, or token ids", node);
        }
        int[] ids = ids(fields, "prompt", array, respondent);
        String text = new String(respondent.vocabulary().detokenize(ids, false, true), StandardCharsets.UTF_8);
        return new Given(Prompt.of(ids), text);
    }

    /**
     * Return token ids that the model has.
     *
     * @throws ApiException if it lacks one of them
     */
    public static int[] ids(Fields fields, String field, ArrayNode array, Respondent respondent) {
        int most = respondent.vocabulary().size() - 1;
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = array.get(i);
            if (!id.isIntegralNumber()) {
                throw fields.wrong(field, "a text or token ids", id);
            }
            ids[i] = (int) fields.whole(field + "[" + i + "]", id, 0, most);
        }
        return ids;
    }

    /** Return the weight of the first pair, if the request has one that matters. */
    public static Optional<Float> weight(Respondent respondent, AnswerRequest request) {
        return respondent.isSteered()
                ? Optional.of(request.prompts().getFirst().request().steering().weight(0, 0))
                : Optional.empty();
    }
}
