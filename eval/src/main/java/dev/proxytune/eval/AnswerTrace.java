package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Tell how the experts moved each token of an answer (paper, section 6.1).
 *
 * @param tokens their texts, in order
 * @param delta for each its combined probability less the target's, from −1 to 1; NaN where it is not known
 * @param changed for each whether the target alone would have chosen another one
 */
public record AnswerTrace(List<String> tokens, List<Double> delta, List<Boolean> changed) {
    private static final String FIELD = "trace";

    public AnswerTrace {
        tokens = List.copyOf(tokens);
        delta = List.copyOf(delta);
        changed = List.copyOf(changed);
        if (delta.size() != tokens.size() || changed.size() != tokens.size()) {
            throw new IllegalArgumentException("a trace has one entry for each token, got: " + tokens.size() + ", "
                    + delta.size() + ", " + changed.size());
        }
    }

    /**
     * Read the trace of a row, as {@code eval --trace} writes it; nothing if the row has none, as those of a model without
     * experts.
     *
     * @throws ProxyTuneException naming file and row if there is one and it is malformed
     */
    public static Optional<AnswerTrace> of(Row row) {
        JsonNode trace = row.node(FIELD);
        if (trace.isMissingNode() || trace.isNull()) {
            return Optional.empty();
        }
        JsonNode texts = list(row, trace, "tokens");
        JsonNode moves = list(row, trace, "delta");
        JsonNode changes = list(row, trace, "changed");
        if (moves.isEmpty() && changes.isEmpty() && !texts.isEmpty()) {
            return Optional.empty();
        }
        if (moves.size() != texts.size() || changes.size() != texts.size()) {
            throw new ProxyTuneException(
                    row.place() + ": \"trace\" must have one \"delta\" and one \"changed\" for each"
                            + " token, got: " + texts.size() + " tokens, " + moves.size() + " delta, " + changes.size()
                            + " changed");
        }
        List<String> tokens = new ArrayList<>();
        List<Double> delta = new ArrayList<>();
        List<Boolean> changed = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            require(row, "tokens", texts.get(i), texts.get(i).isString());
            require(row, "changed", changes.get(i), changes.get(i).isBoolean());
            JsonNode move = moves.get(i);
            require(row, "delta", move, move.isNumber() || move.isNull());
            tokens.add(texts.get(i).stringValue());
            changed.add(changes.get(i).booleanValue());
            double value = move.isNull() ? Double.NaN : move.doubleValue();
            delta.add(Double.isFinite(value) ? value : Double.NaN);
        }
        return Optional.of(new AnswerTrace(tokens, delta, changed));
    }

    private static JsonNode list(Row row, JsonNode trace, String name) {
        JsonNode list = trace.path(name);
        if (!list.isArray()) {
            throw new ProxyTuneException(row.place() + ": \"trace\" must hold the lists \"tokens\", \"delta\" and"
                    + " \"changed\", as eval --trace writes them; \"" + name + "\" is none");
        }
        return list;
    }

    private static void require(Row row, String name, JsonNode value, boolean holds) {
        if (!holds) {
            throw new ProxyTuneException(
                    row.place() + ": \"trace\" has a wrong entry in its list \"" + name + "\": " + value);
        }
    }
}
