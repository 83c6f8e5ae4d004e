package dev.proxytune.llama;

import dev.proxytune.ConstraintException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Read a grammar in GBNF as llama.cpp reads it, and refuse what it would refuse.
 *
 * <p>llama.cpp prints the whole grammar to standard error where it finds a fault, runs out of memory where a
 * repetition's bounds are swapped, and takes more than {@value #MOST_REPETITIONS} repetitions for any number. Where a
 * grammar names a token behind characters, it ends the process after a token that reaches beyond these, so there tokens
 * are refused.
 */
final class GbnfParser {
    private static final int LONGEST = 1 << 20;
    private static final int DEEPEST = 200;
    private static final int MOST_NAMES = 20_000;
    private static final int MOST_REPETITIONS = 2000;
    private static final long MOST_ELEMENTS = 4_000_000;

    private final String text;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<@Nullable List<int[]>> rules = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final Map<Integer, Integer> firstUse = new HashMap<>();
    private int at;
    private int depth;
    private long elements;

    private GbnfParser(String text) {
        this.text = text;
    }

    /**
     * Read a grammar.
     *
     * @throws ConstraintException if it is wrong or too large
     */
    static GbnfRules parse(String text) {
        if (text.length() > LONGEST) {
            throw new ConstraintException("The grammar has " + text.length() + " characters, at most " + LONGEST
                    + " are possible: make it smaller");
        }
        var parser = new GbnfParser(text);
        parser.space(true);
        while (!parser.isAtEnd()) {
            parser.rule();
        }
        return parser.result();
    }

    private GbnfRules result() {
        Integer root = numbers.get("root");
        if (root == null || rules.get(root) == null) {
            throw new ConstraintException("The grammar has no rule root, which is where answers begin: add one");
        }
        List<List<int[]>> complete = new ArrayList<>();
        for (int number = 0; number < rules.size(); number++) {
            List<int[]> rule = rules.get(number);
            if (rule == null) {
                at = firstUse.getOrDefault(number, 0);
                throw wrong("there is no rule " + names.get(number));
            }
            complete.add(rule);
        }
        return new GbnfRules(complete, names, root);
    }

    private void rule() {
        String name = name();
        int number = number(name);
        space(false);
        if (!text.startsWith("::=", at)) {
            throw wrong("::= is expected after the name of the rule " + name);
        }
        at += 3;
        space(true);
        rules.set(number, alternatives(name, false));
        if (peek() == '\r') {
            at += text.startsWith("\r\n", at) ? 2 : 1;
        } else if (peek() == '\n') {
            at++;
        } else if (!isAtEnd()) {
            throw wrong("the end of the line is expected, or more of the rule " + name);
        }
        space(true);
    }

    private List<int[]> alternatives(String name, boolean nested) {
        List<int[]> alternatives = new ArrayList<>();
        alternatives.add(sequence(name, nested));
        while (peek() == '|') {
            at++;
            space(true);
            alternatives.add(sequence(name, nested));
        }
        return alternatives;
    }

    /** What a repetition would repeat. */
    private static final class Sequence {
        private final List<Integer> symbols = new ArrayList<>();
        private int last;
        private long weight = 1;

        private void begin(long ofWeight) {
            last = symbols.size();
            weight = ofWeight;
        }
    }

    private int[] sequence(String name, boolean nested) {
        var sequence = new Sequence();
        while (true) {
            int start = peek();
            switch (start) {
                case '"' -> literal(sequence);
                case '[' -> characterClass(sequence);
                case '.' -> {
                    at++;
                    sequence.begin(1);
                    add(sequence, -1);
                }
                case '<', '!' ->
                    throw wrong(
                            "tokens, such as <[5]> or !<end>, cannot be written in a grammar here: write their text");
                case '(' -> group(sequence, name);
                case '*', '+', '?', '{' -> repetition(sequence, name, nested);
                default -> {
                    if (!isWord(start)) {
                        return toArray(sequence.symbols);
                    }
                    int from = at;
                    int number = number(name());
                    firstUse.putIfAbsent(number, from);
                    sequence.begin(1);
                    add(sequence, number);
                }
            }
            space(nested);
        }
    }

    private static int[] toArray(List<Integer> symbols) {
        return symbols.stream().mapToInt(symbol -> symbol).toArray();
    }

    private void add(Sequence sequence, int symbol) {
        sequence.symbols.add(symbol);
        count(GbnfRules.isRule(symbol) ? 1 : -symbol);
    }

    private void count(long more) {
        elements += more;
        if (elements > MOST_ELEMENTS) {
            throw wrong("the grammar becomes too large with its repetitions: make it smaller");
        }
    }

    private void literal(Sequence sequence) {
        int start = at++;
        sequence.begin(1);
        while (peek() != '"') {
            if (isAtEnd()) {
                at = start;
                throw wrong("the closing \" of a text is missing");
            }
            character();
            add(sequence, -1);
        }
        at++;
    }

    private void characterClass(Sequence sequence) {
        int start = at++;
        sequence.begin(1);
        if (peek() == '^') {
            at++;
        }
        int size = 0;
        while (peek() != ']') {
            if (isAtEnd()) {
                at = start;
                throw wrong("the closing ] of a set of characters is missing");
            }
            character();
            size++;
            if (peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                at++;
                character();
                size++;
            }
        }
        at++;
        if (size == 0) {
            at = start;
            throw wrong("a set of characters is empty: use . for any character, and \\] for a bracket");
        }
        add(sequence, -size);
    }

    private void group(Sequence sequence, String name) {
        int start = at++;
        if (++depth > DEEPEST) {
            throw wrong("groups are nested more than " + DEEPEST + " deep");
        }
        space(true);
        int before = rules.size();
        int number = create(name);
        rules.set(number, alternatives(name, true));
        depth--;
        sequence.begin(rules.size() - before);
        add(sequence, number);
        if (peek() != ')') {
            int found = at;
            at = start;
            throw wrong(found == text.length() ? "the closing ) of a group is missing" : "a group holds something odd");
        }
        at++;
    }

    private void repetition(Sequence sequence, String name, boolean nested) {
        int start = at;
        int operator = text.charAt(at++);
        int min = operator == '+' ? 1 : 0;
        int max = operator == '?' ? 1 : -1;
        if (operator == '{') {
            space(nested);
            min = integer();
            max = min;
            space(nested);
            if (peek() == ',') {
                at++;
                space(nested);
                max = isDigit(peek()) ? integer() : -1;
                space(nested);
            }
            if (peek() != '}') {
                throw wrong("a repetition is expected to be written as {2}, {2,} or {2,4}");
            }
            at++;
        }
        int end = at;
        at = start;
        if (sequence.last == sequence.symbols.size()) {
            throw wrong("there is nothing before it to be repeated");
        }
        if (max >= 0 && max < min) {
            throw wrong("a repetition's second number is below its first");
        }
        repeat(sequence, name, min, max);
        at = end;
    }

    private void repeat(Sequence sequence, String name, int min, int max) {
        long times = max > 0 ? max : Math.max(min, 1);
        if (sequence.weight * times > MOST_REPETITIONS) {
            throw wrong("llama.cpp takes at most " + MOST_REPETITIONS + " repetitions, counting all rules of what is"
                    + " repeated: make a rule of what is repeated, and of a part of the repetitions");
        }
        List<Integer> all = sequence.symbols;
        List<Integer> repeated = List.copyOf(all.subList(sequence.last, all.size()));
        if (min == 0) {
            all.subList(sequence.last, all.size()).clear();
        }
        for (int i = 1; i < min; i++) {
            repeated.forEach(symbol -> add(sequence, symbol));
        }
        long optional = max < 0 ? 1 : max - min;
        int rest = -1;
        for (long i = 0; i < optional; i++) {
            int number = create(name);
            List<Integer> more = new ArrayList<>(repeated);
            if (max < 0 || i > 0) {
                more.add(max < 0 ? number : rest);
            }
            more.forEach(symbol -> count(GbnfRules.isRule(symbol) ? 1 : -symbol));
            rules.set(number, List.of(toArray(more), new int[0]));
            rest = number;
        }
        if (optional > 0) {
            add(sequence, rest);
        }
        sequence.weight *= times;
    }

    private void character() {
        if (peek() != '\\') {
            at += Character.charCount(text.codePointAt(at));
            return;
        }
        int escape = at + 1 < text.length() ? text.charAt(at + 1) : -1;
        int digits = switch (escape) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            case 't', 'r', 'n', '\\', '"', '[', ']', '-' -> 0;
            default -> throw wrong("\\ must be followed by one of t r n \\ \" [ ] - x u U");
        };
        int end = at + 2 + digits;
        if (end > text.length() || !text.substring(at + 2, end).matches("[0-9a-fA-F]*")) {
            throw wrong("\\" + (char) escape + " must be followed by " + digits + " hexadecimal digits");
        }
        at = end;
    }

    private int integer() {
        int start = at;
        while (isDigit(peek())) {
            at++;
        }
        String digits = text.substring(start, at);
        if (digits.isEmpty()) {
            throw wrong("a number is expected");
        }
        if (digits.length() > 9 || Integer.parseInt(digits) > MOST_REPETITIONS) {
            at = start;
            throw wrong("llama.cpp takes at most " + MOST_REPETITIONS + " repetitions");
        }
        return Integer.parseInt(digits);
    }

    private String name() {
        int start = at;
        while (isWord(peek())) {
            at++;
        }
        if (at == start) {
            throw wrong("the name of a rule is expected: letters, digits and -");
        }
        return text.substring(start, at);
    }

    private int number(String name) {
        if (numbers.size() >= MOST_NAMES) {
            throw wrong("the grammar has more than " + MOST_NAMES + " rules: make it smaller");
        }
        return numbers.computeIfAbsent(name, this::create);
    }

    private int create(String name) {
        rules.add(null);
        names.add(name);
        return rules.size() - 1;
    }

    private void space(boolean newlines) {
        while (true) {
            int next = peek();
            if (next == '#') {
                while (!isAtEnd() && peek() != '\r' && peek() != '\n') {
                    at++;
                }
            } else if (next == ' ' || next == '\t' || (newlines && (next == '\r' || next == '\n'))) {
                at++;
            } else {
                return;
            }
        }
    }

    private static boolean isWord(int character) {
        return (character >= 'a' && character <= 'z')
                || (character >= 'A' && character <= 'Z')
                || character == '-'
                || isDigit(character);
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    private boolean isAtEnd() {
        return at >= text.length();
    }

    /** Return the next character, −1 at the end. */
    private int peek() {
        return isAtEnd() ? -1 : text.charAt(at);
    }

    private ConstraintException wrong(String what) {
        String before = text.substring(0, Math.min(at, text.length()));
        long line = before.chars().filter(character -> character == '\n').count() + 1;
        int column = before.length() - before.lastIndexOf('\n');
        return new ConstraintException("The grammar is wrong in line " + line + ", column " + column + ": " + what);
    }
}
