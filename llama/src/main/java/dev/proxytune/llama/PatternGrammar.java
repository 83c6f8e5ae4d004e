package dev.proxytune.llama;

import java.util.ArrayList;
import java.util.List;

/**
 * Turn a regular expression into the inside of a JSON string that it matches somewhere.
 *
 * <p>Known are alternatives, groups, repetitions, sets, {@code . \d \w \s} and their opposites, and {@code ^} and
 * {@code $} at the ends of an alternative.
 */
final class PatternGrammar {
    private static final int DEEPEST = 50;
    private static final CodePoints DIGITS = CodePoints.of('0', '9');
    private static final CodePoints WORD =
            CodePoints.of('a', 'z').or(CodePoints.of('A', 'Z')).or(DIGITS).or(CodePoints.of('_', '_'));
    private static final CodePoints SPACE = CodePoints.of('\t', '\r')
            .or(CodePoints.of(' ', ' '))
            .or(CodePoints.of(0xA0, 0xA0))
            .or(CodePoints.of(0x2028, 0x2029));
    private static final CodePoints LINE_ENDS =
            CodePoints.of('\n', '\n').or(CodePoints.of('\r', '\r')).or(CodePoints.of(0x2028, 0x2029));

    private final String pattern;
    private final String place;
    private final GbnfWriter writer;
    private int at;
    private int depth;

    private PatternGrammar(String pattern, String place, GbnfWriter writer) {
        this.pattern = pattern;
        this.place = place;
        this.writer = writer;
    }

    /** An expression, and whether it may be the empty text. */
    private record Part(String text, boolean nullable) {}

    /**
     * Return the expression for a pattern.
     *
     * @param place where it stands in the schema, for messages
     * @throws dev.proxytune.ConstraintException if it cannot be turned into one
     */
    static String of(String pattern, String place, GbnfWriter writer) {
        return new PatternGrammar(pattern, place, writer).whole();
    }

    private String whole() {
        List<String> alternatives = new ArrayList<>();
        do {
            boolean anchored = take('^');
            String body = sequence().text();
            boolean end = take('$');
            String any = writer.json("char") + "*";
            alternatives.add((anchored ? "" : any + " ") + body + (end ? "" : " " + any));
        } while (take('|'));
        if (!isAtEnd()) {
            throw wrong(peek() == ')' ? "a ) has no (" : "^ and $ are understood at the ends of alternatives only");
        }
        return "(" + String.join(" | ", alternatives) + ")";
    }

    private Part alternatives() {
        List<String> texts = new ArrayList<>();
        boolean nullable = false;
        do {
            Part part = sequence();
            texts.add(part.text());
            nullable |= part.nullable();
        } while (take('|'));
        return new Part(String.join(" | ", texts), nullable);
    }

    private Part sequence() {
        List<String> texts = new ArrayList<>();
        boolean nullable = true;
        while (!isAtEnd() && peek() != '|' && peek() != ')' && peek() != '$') {
            Part part = repeated(atom());
            texts.add(part.text());
            nullable &= part.nullable();
        }
        return new Part(texts.isEmpty() ? "\"\"" : String.join(" ", texts), nullable);
    }

    private Part atom() {
        int next = peek();
        return switch (next) {
            case '(' -> group();
            case '[' -> character(set());
            case '.' -> {
                at++;
                yield character(LINE_ENDS.not());
            }
            case '^' -> throw wrong("^ and $ are understood at the ends of alternatives only");
            case '*', '+', '?' -> throw wrong("there is nothing before " + (char) next + " to be repeated");
            default -> character(next == '\\' ? escape() : point());
        };
    }

    private Part character(CodePoints points) {
        String text = points.inJson();
        if (text.isEmpty()) {
            throw wrong("it asks for a character that cannot be in a JSON string");
        }
        return new Part(text, false);
    }

    private CodePoints point() {
        int point = pattern.codePointAt(at);
        at += Character.charCount(point);
        return CodePoints.of(point, point);
    }

    private Part group() {
        at++;
        if (take('?') && !take(':')) {
            throw wrong("of groups with (? only (?: is understood");
        }
        if (++depth > DEEPEST) {
            throw wrong("groups are nested more than " + DEEPEST + " deep");
        }
        Part inside = alternatives();
        depth--;
        if (!take(')')) {
            throw wrong(peek() == '$' ? "^ and $ are understood at the ends of alternatives only" : "a ) is missing");
        }
        return new Part(writer.rule("pattern", inside.text()), inside.nullable());
    }

    private Part repeated(Part part) {
        Part now = part;
        boolean repeated = false;
        while (!isAtEnd() && "*+?{".indexOf(peek()) >= 0) {
            int min = take('+') ? 1 : 0;
            int max = -1;
            if (take('{')) {
                min = number();
                max = take(',') ? (peek() == '}' ? -1 : number()) : min;
                if (!take('}') || (max >= 0 && max < min)) {
                    throw wrong("a repetition is written as {2}, {2,} or {2,4}");
                }
            } else if (min == 0 && take('?')) {
                max = 1;
            } else {
                take('*');
            }
            take('?'); // As few as possible or as many: the texts are the same.
            if (now.nullable() && max < 0) {
                throw wrong("it repeats what may be empty");
            }
            // A set, a text or the name of a rule; of what has been repeated once, a rule must be made.
            boolean single = !repeated && !now.text().contains(" ");
            String item = single ? now.text() : writer.rule("pattern", now.text());
            repeated = true;
            now = new Part(writer.repeated(item, min, max), now.nullable() || min == 0);
        }
        return now;
    }

    private int number() {
        int start = at;
        while (!isAtEnd() && peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start || at - start > 6) {
            throw wrong("a repetition is written as {2}, {2,} or {2,4}");
        }
        return Integer.parseInt(pattern.substring(start, at));
    }

    private CodePoints set() {
        at++;
        boolean others = take('^');
        CodePoints set = new CodePoints(List.of());
        while (!isAtEnd() && peek() != ']') {
            CodePoints first = peek() == '\\' ? escape() : point();
            boolean range = peek() == '-' && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']';
            if (range) {
                at++;
                CodePoints last = peek() == '\\' ? escape() : point();
                int from = single(first);
                int to = single(last);
                if (from > to) {
                    throw wrong("a range of characters runs backwards");
                }
                first = CodePoints.of(from, to);
            }
            set = set.or(first);
        }
        if (!take(']')) {
            throw wrong("a ] is missing");
        }
        return others ? set.not() : set;
    }

    private int single(CodePoints points) {
        CodePoints.Range range = points.ranges().getFirst();
        if (points.ranges().size() > 1 || range.first() != range.last()) {
            throw wrong("a range of characters needs single ones at its ends");
        }
        return range.first();
    }

    private CodePoints escape() {
        at++;
        if (isAtEnd()) {
            throw wrong("it ends with a backslash");
        }
        char letter = pattern.charAt(at++);
        return switch (letter) {
            case 'd' -> DIGITS;
            case 'D' -> DIGITS.not();
            case 'w' -> WORD;
            case 'W' -> WORD.not();
            case 's' -> SPACE;
            case 'S' -> SPACE.not();
            case 'n' -> CodePoints.of('\n', '\n');
            case 'r' -> CodePoints.of('\r', '\r');
            case 't' -> CodePoints.of('\t', '\t');
            case 'f' -> CodePoints.of('\f', '\f');
            case 'v' -> CodePoints.of(0x0B, 0x0B);
            case 'x' -> hexadecimal(2);
            case 'u' -> hexadecimal(4);
            default -> {
                if (Character.isLetterOrDigit(letter)) {
                    throw wrong("\\" + letter + " is not understood");
                }
                yield CodePoints.of(letter, letter);
            }
        };
    }

    private CodePoints hexadecimal(int digits) {
        int end = at + digits;
        if (end > pattern.length() || !pattern.substring(at, end).matches("[0-9a-fA-F]+")) {
            throw wrong("an escape lacks its " + digits + " hexadecimal digits");
        }
        int point = Integer.parseInt(pattern.substring(at, end), 16);
        at = end;
        return CodePoints.of(point, point);
    }

    private boolean take(char wanted) {
        boolean there = peek() == wanted;
        at += there ? 1 : 0;
        return there;
    }

    private boolean isAtEnd() {
        return at >= pattern.length();
    }

    /** Return the next character, −1 at the end. */
    private int peek() {
        return isAtEnd() ? -1 : pattern.charAt(at);
    }

    private RuntimeException wrong(String what) {
        return SchemaFaults.at(place, "the pattern " + JsonText.of(pattern) + " cannot be used: " + what);
    }
}
