package dev.proxytune.llama;

import dev.proxytune.ConstraintException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Write a grammar rule by rule, those of JSON included as far as they are used. */
final class GbnfWriter {
    private static final int MOST_RULES = 15_000;

    /** The most repetitions that are written as one; llama.cpp takes 2000 of them. */
    private static final int CHUNK = 1000;

    private static final int MOST_REPETITIONS = 100_000;

    /** Characters of a JSON string that stand for themselves, as the inside of a set. */
    static final String NOT_RAW = "\"\\\\\\x7F\\x00-\\x1F";

    private static final Map<String, String> JSON = Map.ofEntries(
            Map.entry("ws", "(\" \" | \"\\n\" [ \\t]{0,20})?"),
            Map.entry("value", "object | array | string | number | \"true\" | \"false\" | \"null\""),
            Map.entry("object", "\"{\" ws (member (\",\" ws member)* ws)? \"}\""),
            Map.entry("member", "string \":\" ws value"),
            Map.entry("array", "\"[\" ws (value (\",\" ws value)* ws)? \"]\""),
            Map.entry("string", "\"\\\"\" char* \"\\\"\""),
            Map.entry("raw", "[^" + NOT_RAW + "]"),
            // Half of a surrogate pair is no character, and a whole one would count as two.
            Map.entry(
                    "char",
                    "raw | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" ([0-9a-cefA-CEF] [0-9a-fA-F]{3}"
                            + " | [dD] [0-7] [0-9a-fA-F]{2}))"),
            Map.entry("number", "integer (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?"),
            Map.entry("integer", "\"-\"? (\"0\" | [1-9] [0-9]{0,15})"),
            Map.entry("boolean", "\"true\" | \"false\""),
            Map.entry("null", "\"null\""),
            Map.entry(
                    "date",
                    "[0-9]{4} \"-\" ((\"0\" [13578] | \"1\" [02]) \"-\" (\"0\" [1-9] | [12] [0-9] | \"3\" [01])"
                            + " | (\"0\" [469] | \"11\") \"-\" (\"0\" [1-9] | [12] [0-9] | \"30\")"
                            + " | \"02-\" (\"0\" [1-9] | \"1\" [0-9] | \"2\" [0-8])) | leap \"-02-29\""),
            Map.entry(
                    "leap",
                    "[0-9] [0-9] (\"0\" [48] | [2468] [048] | [13579] [26])"
                            + " | ([02468] [048] | [13579] [26]) \"00\""),
            Map.entry(
                    "time",
                    "([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] (\".\" [0-9]{1,6})?"
                            + " (\"Z\" | [-+] (\"0\" [0-9] | \"1\" [0-4]) \":\" [0-5] [0-9])"),
            Map.entry("hex", "[0-9a-f]"),
            Map.entry("uuid", "hex{8} \"-\" hex{4} \"-\" hex{4} \"-\" hex{4} \"-\" hex{12}"));

    private final Map<String, String> rules = new LinkedHashMap<>();
    private final Map<String, String> nameOf = new HashMap<>();

    /** Return the name of a rule of JSON, which becomes part of the grammar. */
    String json(String name) {
        String body = JSON.get(name);
        if (body != null && !rules.containsKey(name)) {
            rules.put(name, body);
            String words = body.replaceAll("\"(\\\\.|[^\"\\\\])*\"|\\[(\\\\.|[^]\\\\])*]", " ");
            Pattern.compile("[a-z]+").matcher(words).results().forEach(word -> json(word.group()));
        }
        return name;
    }

    /** Take a name for a rule that is defined later. */
    String reserve(String hint) {
        String base = hint.replaceAll("[^a-zA-Z0-9]+", "-");
        base = base.isEmpty() || base.equals("-") ? "x" : base.substring(0, Math.min(base.length(), 40));
        String name = base + "-";
        for (int number = 1; rules.containsKey(name); number++) {
            name = base + "-" + number;
        }
        if (rules.size() >= MOST_RULES) {
            throw new ConstraintException(
                    "The JSON schema becomes a grammar of more than " + MOST_RULES + " rules: make it smaller");
        }
        rules.put(name, "");
        return name;
    }

    void define(String name, String body) {
        rules.put(name, body);
    }

    /** Let a name that was taken mean nothing; a grammar that uses it is refused as one that lacks a rule. */
    void forget(String name) {
        rules.remove(name);
    }

    /** Return the name of a rule of this body. */
    String rule(String hint, String body) {
        String known = nameOf.get(body);
        if (known == null) {
            known = reserve(hint);
            define(known, body);
            nameOf.put(body, known);
        }
        return known;
    }

    /**
     * Return an expression for repetitions of a rule or a set.
     *
     * @param max the most, −1 for any number
     */
    String repeated(String item, int min, int max) {
        if (Math.max(min, max) > MOST_REPETITIONS) {
            throw new ConstraintException("The JSON schema asks for up to " + Math.max(min, max)
                    + " characters or items in one place, at most " + MOST_REPETITIONS + " are possible");
        }
        if (max == 0) {
            return "\"\"";
        }
        if (Math.max(min, max) <= CHUNK) {
            return item + "{" + min + "," + (max < 0 ? "" : max) + "}";
        }
        String chunk = rule("chunk", item + "{" + CHUNK + "}");
        String least = min < CHUNK ? "" : chunk + "{" + min / CHUNK + "} ";
        if (max < 0) {
            return least + item + "{" + min % CHUNK + ",}";
        }
        least += min % CHUNK == 0 ? "" : item + "{" + min % CHUNK + "} ";
        int more = max - min;
        int chunks = more / CHUNK;
        String rest = item + "{0," + Math.min(more, CHUNK - 1) + "}";
        if (chunks == 0) {
            return least + rest;
        }
        String some = (chunks == 1 ? "" : chunk + "{0," + (chunks - 1) + "} ") + rest;
        String all = chunk + "{" + chunks + "}" + (more % CHUNK == 0 ? "" : " " + item + "{0," + more % CHUNK + "}");
        return least + rule("repeated", some + " | " + all);
    }

    /** Return an expression for a text as it stands. */
    static String literal(String text) {
        var literal = new StringBuilder("\"");
        text.codePoints().forEach(point -> {
            switch (point) {
                case '"' -> literal.append("\\\"");
                case '\\' -> literal.append("\\\\");
                default -> {
                    if (point < 0x20 || point == 0x7F) {
                        literal.append("\\x%02X".formatted(point));
                    } else {
                        literal.appendCodePoint(point);
                    }
                }
            }
        });
        return literal.append('"').toString();
    }

    /** Return a character as it is written in a set. */
    static String inSet(int point) {
        if ((point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z')) {
            return Character.toString(point);
        }
        return point <= 0xFF
                ? "\\x%02X".formatted(point)
                : point <= 0xFFFF ? "\\u%04X".formatted(point) : "\\U%08X".formatted(point);
    }

    /** Return the grammar with one of its rules as the answer. */
    String grammar(String root) {
        var grammar = new StringBuilder("root ::= " + root + "\n");
        rules.forEach((name, body) ->
                grammar.append(name).append(" ::= ").append(body).append('\n'));
        return grammar.toString();
    }
}
