package dev.proxytune.openai;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Say what is wrong with a request, in OpenAI's form.
 *
 * @param status the HTTP status
 * @param type the kind, such as {@code invalid_request_error}
 * @param message a line for a person
 * @param param the field that is to blame, empty for none
 * @param code the kind for programs, empty for none
 * @param more further fields
 */
public record ApiError(int status, String type, String message, String param, String code, Map<String, Object> more) {

    public ApiError {
        more = new LinkedHashMap<>(more);
    }

    private static ApiError of(int status, String type, String message, String code) {
        return new ApiError(status, type, message, "", code, Map.of());
    }

    /** Blame a field. */
    public static ApiException wrong(String param, String message) {
        return new ApiException(new ApiError(400, "invalid_request_error", message, param, "", Map.of()));
    }

    public static ApiException badRequest(String message) {
        return new ApiException(of(400, "invalid_request_error", message, ""));
    }

    public static ApiException badKey() {
        return new ApiException(of(
                401,
                "authentication_error",
                "A valid key is missing: send the header 'Authorization: Bearer KEY'",
                "invalid_api_key"));
    }

    public static ApiException notFound(String message, String code) {
        return new ApiException(of(404, "not_found_error", message, code));
    }

    public static ApiException wrongMethod(String message) {
        return new ApiException(of(405, "invalid_request_error", message, "method_not_allowed"));
    }

    public static ApiException tooLarge(long limit) {
        return new ApiException(
                of(413, "invalid_request_error", "The body has more than " + limit + " bytes", "body_too_large"));
    }

    public static ApiException busy(int waiting) {
        return new ApiException(of(
                429,
                "rate_limit_error",
                "The queue is full (" + waiting + " answers run or wait): try again in a moment",
                "queue_full"));
    }

    /** Refuse somebody who has had enough for now. */
    public static ApiException limited(String message) {
        return new ApiException(of(429, "rate_limit_error", message, "rate_limit_exceeded"));
    }

    public static ApiException unavailable(String message) {
        return new ApiException(of(503, "unavailable_error", message, ""));
    }

    public static ApiException unsupported(String param, String message) {
        return new ApiException(new ApiError(501, "not_supported_error", message, param, "", Map.of()));
    }

    public static ApiException outgrown(int prompt, int context) {
        return new ApiException(new ApiError(
                400,
                "exceed_context_size_error",
                // Clients know OpenAI's first words, and shorten conversations by them.
                "This model's maximum context length is " + context
                        + " tokens, the answer's first included, and the prompt has " + prompt
                        + ": shorten it, or serve the model with a larger --ctx-size",
                "",
                "context_length_exceeded",
                Map.of("n_prompt_tokens", prompt, "n_ctx", context)));
    }

    public static ApiError internal(String message) {
        return of(500, "server_error", message, "");
    }

    /** Return the body. */
    public Map<String, @Nullable Object> body() {
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("message", message);
        error.put("type", type);
        error.put("param", param.isEmpty() ? null : param);
        error.put("code", code.isEmpty() ? null : code);
        error.putAll(more);
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("error", error);
        return body;
    }
}
