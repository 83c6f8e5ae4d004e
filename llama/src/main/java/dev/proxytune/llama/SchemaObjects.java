package dev.proxytune.llama;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Write the grammars of objects and arrays. */
final class SchemaObjects {
    private SchemaObjects() {}

    /** A property that may be there: the rule for name and value, and whether it must be there. */
    private record Member(String rule, boolean required) {}

    static Optional<String> object(
            JsonSchemaGrammar grammar,
            GbnfWriter writer,
            Map<String, @Nullable Object> schema,
            String place,
            String hint) {
        if (!(schema.getOrDefault("properties", Map.of()) instanceof Map<?, ?> properties)) {
            throw SchemaFaults.at(place, "properties must be an object");
        }
        Set<String> required = new LinkedHashSet<>();
        SchemaTree.list(schema.get("required")).forEach(name -> required.add(String.valueOf(name)));
        Object additional = schema.get("additionalProperties");
        boolean told = additional != null;
        if (additional == null) {
            additional = properties.isEmpty() && required.isEmpty();
        }
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        properties.forEach((name, value) -> named.put(String.valueOf(name), value));
        // What must be there may be anything unless it is told what.
        Object unnamed = told ? additional : true;
        required.forEach(name -> named.putIfAbsent(name, unnamed));
        List<Member> members = new ArrayList<>();
        for (Map.Entry<String, @Nullable Object> entry : named.entrySet()) {
            String name = entry.getKey();
            Optional<String> value = grammar.rule(entry.getValue(), place + "/properties/" + name, name);
            if (value.isPresent()) {
                String pair = GbnfWriter.literal(JsonText.of(name)) + " \":\" " + writer.json("ws") + " " + value.get();
                members.add(new Member(writer.rule(name + "-pair", pair), required.contains(name)));
            } else if (required.contains(name)) {
                return Optional.empty();
            }
        }
        Optional<String> others = grammar.rule(additional, place + "/additionalProperties", hint + "-more");
        Optional<String> more = others.map(value -> writer.rule(
                hint + "-other",
                (named.isEmpty() ? writer.json("string") : otherNames(writer, named.keySet())) + " \":\" "
                        + writer.json("ws") + " " + value));
        return Optional.of(members(writer, members, more, hint));
    }

    /** Return members in their order, of which the first one that is there has no comma before it. */
    private static String members(GbnfWriter writer, List<Member> members, Optional<String> more, String hint) {
        String ws = writer.json("ws");
        String others = more.map(other -> writer.rule(hint + "-rest", "(\",\" " + ws + " " + other + ")*"))
                .orElse("");
        // From the last member to the first: what may come after it, and what an object can begin with.
        List<String> beginnings = new ArrayList<>();
        more.ifPresent(other -> beginnings.add(other + " " + others));
        String rest = others;
        boolean mayBeEmpty = true;
        for (Member member : members.reversed()) {
            if (member.required()) {
                beginnings.clear();
                mayBeEmpty = false;
            }
            beginnings.addFirst(member.rule() + (rest.isEmpty() ? "" : " " + rest));
            String with = "\",\" " + ws + " " + member.rule();
            String here = member.required() ? with : "(" + with + ")?";
            rest = writer.rule(hint + "-rest", here + (rest.isEmpty() ? "" : " " + rest));
        }
        if (beginnings.isEmpty()) {
            return "\"{\" " + ws + " \"}\"";
        }
        String inside = "(" + String.join(" | ", beginnings) + ") " + ws;
        return mayBeEmpty ? "\"{\" " + ws + " (" + inside + ")? \"}\"" : "\"{\" " + ws + " " + inside + " \"}\"";
    }

    /** Return a rule for strings without escapes that are none of these names. */
    private static String otherNames(GbnfWriter writer, Set<String> names) {
        var root = new Node();
        for (String name : names) {
            if (name.codePoints().allMatch(CodePoints.RAW::contains)) {
                Node node = root;
                for (int point : name.codePoints().toArray()) {
                    node = node.next.computeIfAbsent(point, key -> new Node());
                }
                node.isName = true;
            }
        }
        return writer.rule("name", "\"\\\"\" " + root.rule(writer) + " \"\\\"\"");
    }

    /** What of a name has been read. */
    private static final class Node {
        private final Map<Integer, Node> next = new TreeMap<>();
        private boolean isName;

        private String rule(GbnfWriter writer) {
            var others = new StringBuilder();
            List<String> parts = new ArrayList<>();
            next.forEach((point, node) -> {
                String set = GbnfWriter.inSet(point);
                others.append(set);
                parts.add("[" + set + "] " + node.rule(writer));
            });
            parts.add("[^" + GbnfWriter.NOT_RAW + others + "] " + writer.json("raw") + "*");
            if (!isName) {
                parts.add("\"\"");
            }
            return writer.rule("name", String.join(" | ", parts));
        }
    }

    static Optional<String> array(
            JsonSchemaGrammar grammar,
            GbnfWriter writer,
            Map<String, @Nullable Object> schema,
            String place,
            String hint) {
        int min = JsonSchemaGrammar.count(schema, "minItems", 0, place);
        int max = JsonSchemaGrammar.count(schema, "maxItems", -1, place);
        if (max >= 0 && min > max) {
            return Optional.empty();
        }
        List<String> first = new ArrayList<>();
        for (Object item : SchemaTree.list(schema.get("prefixItems"))) {
            Optional<String> rule = grammar.rule(item, place + "/prefixItems/" + first.size(), hint + "-item");
            if (rule.isEmpty() || first.size() == max) {
                max = first.size();
                break;
            }
            first.add(rule.get());
        }
        // Behind items that are told one by one, others come only where they are told too, or must come.
        boolean more = schema.containsKey("items") || first.isEmpty() || min > first.size();
        Optional<String> item = more && (max < 0 || max > first.size())
                ? grammar.rule(schema.getOrDefault("items", true), place + "/items", hint + "-item")
                : Optional.empty();
        if (min > first.size() && item.isEmpty()) {
            return Optional.empty();
        }
        int most = schema.containsKey("items") || first.isEmpty() ? max : min;
        return Optional.of(items(writer, first, item, min, most, hint));
    }

    private static String items(
            GbnfWriter writer, List<String> first, Optional<String> item, int min, int max, String hint) {
        String ws = writer.json("ws");
        String comma = "\",\" " + ws + " ";
        String begin = "\"[\" " + ws + " ";
        String end = " " + ws + " \"]\"";
        int left = Math.max(min - first.size(), 0);
        int most = max < 0 ? -1 : max - first.size();
        if (!first.isEmpty()) {
            String tuple = String.join(" " + comma, first);
            return begin
                    + tuple
                    + item.map(rule -> " " + writer.repeated(writer.rule(hint + "-next", comma + rule), left, most))
                            .orElse("")
                    + end;
        }
        if (item.isEmpty()) {
            return "\"[\" " + ws + " \"]\"";
        }
        String next = writer.rule(hint + "-next", comma + item.get());
        String all = item.get() + " " + writer.repeated(next, Math.max(left - 1, 0), most < 0 ? -1 : most - 1);
        return left > 0 ? begin + all + end : begin + "(" + all + " " + ws + ")? \"]\"";
    }
}
