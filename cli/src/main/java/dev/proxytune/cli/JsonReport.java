package dev.proxytune.cli;

import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationEvent;
import dev.proxytune.TokenLogprob;
import dev.proxytune.TokenTrace;
import dev.proxytune.Vocabulary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Print an answer as one JSON object at its end. */
final class JsonReport implements AnswerPrinter {
    private final Console console;

    JsonReport(Console console) {
        this.console = console;
    }

    @Override
    public void accept(GenerationEvent event) {
        // All is said at the end.
    }

    @Override
    public void end(GenerationResult result) {
        console.print(Json.line(object(result)));
    }

    static Map<String, @Nullable Object> object(GenerationResult result) {
        var completion = result.completion();
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("text", completion.text());
        object.put(
                "tokens",
                completion.tokens().stream()
                        .map(token -> token(token, result.vocabulary(), result.pairs()))
                        .toList());
        object.put("finish_reason", completion.finishReason().name().toLowerCase(Locale.ROOT));
        Map<String, @Nullable Object> usage = new LinkedHashMap<>();
        usage.put("prompt_tokens", completion.promptTokens());
        usage.put("completion_tokens", completion.tokens().size());
        object.put("usage", usage);
        Map<String, @Nullable Object> timings = new LinkedHashMap<>();
        timings.put("load_ms", rounded(GenerationResult.millis(result.loadTime())));
        timings.put("prompt_ms", rounded(GenerationResult.millis(completion.promptTime())));
        timings.put("decode_ms", rounded(GenerationResult.millis(completion.decodeTime())));
        timings.put("ms_per_token", completion.tokens().isEmpty() ? null : rounded(result.millisPerToken()));
        object.put("timings", timings);
        return object;
    }

    private static Map<String, @Nullable Object> token(GeneratedToken token, Vocabulary vocabulary, int pairs) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("id", token.id());
        object.put("text", token.text());
        object.put("logprob", number(token.logprob()));
        putCandidates(object, "top_logprobs", token.candidates(), vocabulary);
        token.trace().ifPresent(trace -> putTrace(object, trace, vocabulary, pairs));
        token.truncation().ifPresent(left -> {
            object.put("left_out", left.mass());
            object.put("certain", left.certain());
        });
        return object;
    }

    private static void putTrace(
            Map<String, @Nullable Object> object, TokenTrace trace, Vocabulary vocabulary, int pairs) {
        var first = trace.pairs().isEmpty()
                ? TokenTrace.PairTrace.NONE
                : trace.pairs().getFirst();
        object.put("target_logprob", Json.number(trace.targetLogprob()));
        putCandidates(object, "target_top_logprobs", trace.targetCandidates(), vocabulary);
        object.putAll(pair(first, vocabulary));
        object.put("target_choice", trace.targetChoice());
        object.put("target_choice_text", TokenTexts.of(vocabulary, trace.targetChoice()));
        object.put("delta", Json.number(trace.delta()));
        if (pairs > 1) {
            List<Map<String, @Nullable Object>> all =
                    trace.pairs().stream().map(pair -> pair(pair, vocabulary)).toList();
            object.put("pairs", all);
        }
    }

    private static Map<String, @Nullable Object> pair(TokenTrace.PairTrace pair, Vocabulary vocabulary) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("expert_logprob", number(pair.expertLogprob()));
        object.put("anti_expert_logprob", number(pair.antiExpertLogprob()));
        putCandidates(object, "expert_top_logprobs", pair.expertCandidates(), vocabulary);
        putCandidates(object, "anti_expert_top_logprobs", pair.antiExpertCandidates(), vocabulary);
        return object;
    }

    /** Add a list of likely tokens, unless there is nothing in it. */
    private static void putCandidates(
            Map<String, @Nullable Object> object, String name, List<TokenLogprob> candidates, Vocabulary vocabulary) {
        if (!candidates.isEmpty()) {
            object.put(
                    name,
                    candidates.stream()
                            .map(candidate -> candidate(candidate, vocabulary))
                            .toList());
        }
    }

    private static Map<String, Object> candidate(TokenLogprob candidate, Vocabulary vocabulary) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("id", candidate.id());
        object.put("text", TokenTexts.of(vocabulary, candidate.id()));
        object.put("logprob", candidate.logprob());
        return object;
    }

    private static @Nullable Double number(OptionalDouble value) {
        return value.isPresent() ? Json.number(value.getAsDouble()) : null;
    }

    /** Return milliseconds to the microsecond: more digits would be noise. */
    private static double rounded(double millis) {
        return Math.round(millis * 1000) / 1000.0;
    }
}
