package dev.proxytune.jinja;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Read the test resources, and compare with what Python rendered. */
final class Cases {
    static final JsonMapper MAPPER = JsonMapper.shared();

    /** The moment that the Python scripts take for now. */
    static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-26T12:34:56Z"), ZoneOffset.UTC);

    private Cases() {}

    static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(Cases.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Return the variables of a JSON object, all of them input. */
    static Variables variables(JsonNode object) {
        Variables variables = Variables.NONE.withTrusted("add_generation_prompt", false);
        Map<String, Object> values = MAPPER.convertValue(object, new TypeReference<Map<String, Object>>() {});
        for (var value : values.entrySet()) {
            variables = variables.withInput(value.getKey(), value.getValue());
        }
        return variables;
    }

    /** Render, and return how the result differs from Python's, or an empty text. */
    static String difference(String template, Variables variables, JsonNode expected) {
        String text;
        try {
            text = Template.parse(template)
                    .render(variables, Limits.DEFAULT, CLOCK)
                    .text();
        } catch (TemplateException e) {
            return expected.has("error") ? "" : "failed: " + e.getMessage();
        }
        if (expected.has("error")) {
            return "rendered, where Python raises " + expected.get("error").asString();
        }
        String wanted = expected.get("text").asString();
        if (text.equals(wanted)) {
            return "";
        }
        int same = 0;
        while (same < Math.min(text.length(), wanted.length()) && text.charAt(same) == wanted.charAt(same)) {
            same++;
        }
        return "differs at " + same + ": " + MAPPER.writeValueAsString(rest(text, same)) + " instead of "
                + MAPPER.writeValueAsString(rest(wanted, same));
    }

    private static String rest(String text, int from) {
        return text.substring(from, Math.min(text.length(), from + 60));
    }
}
