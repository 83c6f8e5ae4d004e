package dev.proxytune.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Name the sides of equations that tokens stand on: left where a calculation is set up, right where its result is told
 * (paper, section 6.1).
 */
enum EquationSide {
    LEFT,
    RIGHT,
    NONE;

    // An equation is a chain of expressions with "=" between them that starts with a calculation: two or more numbers
    // with
    // signs of arithmetic between them. Numbers may have currencies, commas, percent signs, and up to three words of a
    // unit ("16 eggs - 3 eggs = 13"). In "16 - 3 - 4 = 13 - 4 = 9" the middle is still to be calculated: it is on the
    // left of the last sign. A text is read once from left to right: an expression that no "=" follows is passed whole.

    private static final Pattern LEXEME = Pattern.compile(
            "(?<number>(?:\\\\?[$€£])?(?:\\d+(?:,\\d{3})*+(?:\\.\\d+)?|\\.\\d+)\\\\?%?)"
                    + "|(?<unequal>[<>!=]=|=[=>])"
                    + "|(?<equals>=)"
                    + "|(?<word>/?\\p{L}+(?:['’/-]\\p{L}+)*)"
                    + "|(?<operator>\\\\(?:times|div|cdot)|\\*\\*?|[-+/×÷·−–^])"
                    + "|(?<open>[(\\[{])"
                    + "|(?<close>[)\\]}])"
                    + "|(?<space>[ \\t\\u00a0]+)"
                    + "|(?<other>.)",
            Pattern.DOTALL);
    private static final Pattern SPOKEN = Pattern.compile("(?i)x|of|times|plus|minus");
    private static final int UNIT = 3;

    private enum Kind {
        NUMBER,
        OPERATOR,
        EQUALS,
        WORD,
        OPEN,
        CLOSE,
        OTHER
    }

    private record Lexeme(Kind kind, int start, int end, boolean spoken) {
        boolean isOperator() {
            return kind == Kind.OPERATOR || spoken;
        }
    }

    /** An expression: its lexemes from {@code first} to {@code end}, exclusive, and where its last number ends. */
    private record Expression(int first, int end, int numbersEnd, int operators) {}

    private record Span(int start, int end, EquationSide side) {}

    /** Return the side of each token of an answer. */
    static List<EquationSide> of(List<String> tokens) {
        String text = String.join("", tokens);
        List<Span> spans = spans(text);
        List<EquationSide> sides = new ArrayList<>();
        int start = 0;
        int next = 0;
        for (String token : tokens) {
            int end = start + token.length();
            int from = start + token.length() - token.stripLeading().length();
            int to = Math.max(from, start + token.stripTrailing().length());
            while (next < spans.size() && spans.get(next).end() <= from) {
                next++;
            }
            boolean inside = next < spans.size() && spans.get(next).start() < to && token.indexOf('=') < 0;
            sides.add(inside ? spans.get(next).side() : NONE);
            start = end;
        }
        return sides;
    }

    private static List<Span> spans(String text) {
        List<Lexeme> lexemes = lexemes(text);
        List<Span> spans = new ArrayList<>();
        int at = 0;
        while (at < lexemes.size()) {
            List<Expression> chain = chain(lexemes, at);
            if (chain.size() > 1 && chain.getFirst().operators() > 0) {
                for (int i = 0; i < chain.size(); i++) {
                    spans.add(span(lexemes, chain.get(i), i == chain.size() - 1));
                }
            }
            if (chain.isEmpty()) {
                at++;
            } else if (chain.size() > 1 && chain.getFirst().operators() == 0) {
                at = chain.get(1).first();
            } else {
                at = chain.getLast().end();
            }
        }
        return spans;
    }

    private static Span span(List<Lexeme> lexemes, Expression expression, boolean last) {
        boolean left = !last && expression.operators() > 0;
        int end = left ? expression.end() : expression.numbersEnd();
        return new Span(
                lexemes.get(expression.first()).start(), lexemes.get(end - 1).end(), left ? LEFT : RIGHT);
    }

    /** Return the expressions from here on that have "=" between them. */
    private static List<Expression> chain(List<Lexeme> lexemes, int start) {
        List<Expression> chain = new ArrayList<>();
        Expression expression = expression(lexemes, start);
        while (expression.end() > expression.first()) {
            chain.add(expression);
            if (kind(lexemes, expression.end()) != Kind.EQUALS) {
                break;
            }
            expression = expression(lexemes, expression.end() + 1);
        }
        return chain;
    }

    private static Expression expression(List<Lexeme> lexemes, int start) {
        Expression expression = term(lexemes, start);
        while (expression.end() > start && isOperator(lexemes, expression.end())) {
            Expression next = term(lexemes, expression.end() + 1);
            if (next.end() == next.first()) {
                break;
            }
            expression = new Expression(start, next.end(), next.numbersEnd(), expression.operators() + 1);
        }
        return expression;
    }

    /** Return a number with what belongs to it; an empty expression if there is none. */
    private static Expression term(List<Lexeme> lexemes, int start) {
        int at = start;
        while (kind(lexemes, at) == Kind.OPEN || isSign(lexemes, at)) {
            at++;
        }
        if (kind(lexemes, at) != Kind.NUMBER) {
            return new Expression(start, start, start, 0);
        }
        at = skip(lexemes, at + 1, Kind.CLOSE);
        int numbersEnd = at;
        for (int words = 0; words < UNIT && kind(lexemes, at) == Kind.WORD && !isOperator(lexemes, at); words++) {
            at++;
        }
        return new Expression(start, skip(lexemes, at, Kind.CLOSE), numbersEnd, 0);
    }

    private static int skip(List<Lexeme> lexemes, int start, Kind kind) {
        int at = start;
        while (kind(lexemes, at) == kind) {
            at++;
        }
        return at;
    }

    /** A sign touches its number; a dash before an item of a list does not. */
    private static boolean isSign(List<Lexeme> lexemes, int at) {
        return kind(lexemes, at) == Kind.OPERATOR
                && kind(lexemes, at + 1) == Kind.NUMBER
                && lexemes.get(at).end() == lexemes.get(at + 1).start();
    }

    private static boolean isOperator(List<Lexeme> lexemes, int at) {
        return at < lexemes.size() && lexemes.get(at).isOperator();
    }

    private static Kind kind(List<Lexeme> lexemes, int at) {
        return at < lexemes.size() ? lexemes.get(at).kind() : Kind.OTHER;
    }

    private static List<Lexeme> lexemes(String text) {
        List<Lexeme> lexemes = new ArrayList<>();
        Matcher matcher = LEXEME.matcher(text);
        while (matcher.find()) {
            if (matcher.group("space") == null) {
                Kind kind = Stream.of(Kind.values())
                        .filter(each -> matcher.group(each.name().toLowerCase(Locale.ROOT)) != null)
                        .findFirst()
                        .orElse(Kind.OTHER);
                boolean spoken =
                        kind == Kind.WORD && SPOKEN.matcher(matcher.group()).matches();
                lexemes.add(new Lexeme(kind, matcher.start(), matcher.end(), spoken));
            }
        }
        return lexemes;
    }
}
