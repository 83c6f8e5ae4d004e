package dev.proxytune.jinja;

import dev.proxytune.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cut a template into tokens, with {@code trim_blocks} and {@code lstrip_blocks} on.
 *
 * <p>Between tags: the text before a tag loses its white space at the end where the tag starts with a minus, and the
 * blanks of its last line where the tag is a block or comment that nothing else stands before. The text after a tag
 * loses its white space where the tag ends with a minus, and one line feed where it is a block or comment.
 */
final class Lexer {
    private static final String[] OPERATORS = {"//", "**", "==", "!=", ">=", "<="};
    private static final String SINGLE_OPERATORS = "+-/*%~[](){}><=.:|,;";

    private final Source source;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;

    private Lexer(Source source) {
        this.source = source;
    }

    static List<Token> tokens(Source source) {
        var lexer = new Lexer(source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                data(at, source.length());
                at = source.length();
            } else {
                tag(tag);
            }
        }
        add(Kind.END, "", source.length());
    }

    private void add(Kind kind, String text, int place) {
        tokens.add(new Token(kind, text, place));
    }

    private void data(int begin, int end) {
        if (begin < end) {
            add(Kind.DATA, source.text().substring(begin, end), begin);
        }
    }

    private int nextTag() {
        String text = source.text();
        for (int i = text.indexOf('{', at); i >= 0; i = text.indexOf('{', i + 1)) {
            int next = source.at(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private void tag(int tag) {
        boolean variable = source.at(tag + 1) == '{';
        int sign = source.at(tag + 2);
        data(at, textEnd(at, tag, sign, !variable));
        int inside = tag + (sign == '-' || sign == '+' ? 3 : 2);
        if (source.at(tag + 1) == '#') {
            at = commentEnd(inside);
            return;
        }
        int raw = variable ? -1 : rawBegin(inside);
        if (raw >= 0) {
            raw(raw, tag);
            return;
        }
        add(variable ? Kind.VARIABLE_BEGIN : Kind.BLOCK_BEGIN, "", tag);
        at = inside;
        code(variable);
    }

    /** Return where the text before a tag ends, once its white space is stripped. */
    private int textEnd(int begin, int tag, int sign, boolean strips) {
        String text = source.text();
        int end = tag;
        if (sign == '-') {
            while (end > begin && Chars.isSpace(text.charAt(end - 1))) {
                end--;
            }
        } else if (sign != '+' && strips) {
            int line = tag;
            while (line > begin && text.charAt(line - 1) != '\n') {
                line--;
            }
            if (line == begin) {
                line = begin == 0 || text.charAt(begin - 1) == '\n' ? begin : -1;
            }
            if (line >= 0 && source.skipSpace(line) >= tag) {
                end = line;
            }
        }
        return end;
    }

    /** Return the place after a block or comment that ends at one with two characters, trimmed as its sign says. */
    private int afterEnd(int end, int sign) {
        if (sign == '-') {
            return source.skipSpace(end);
        }
        return sign != '+' && source.at(end) == '\n' ? end + 1 : end;
    }

    private int commentEnd(int inside) {
        int end = source.text().indexOf("#}", inside);
        if (end < 0) {
            throw source.failure("Missing end of comment tag", inside);
        }
        return afterEnd(end + 2, end > inside ? source.at(end - 1) : 0);
    }

    /** Return the place after the tag that starts a raw block, or -1 if the tag is another one. */
    private int rawBegin(int inside) {
        int name = source.skipSpace(inside);
        if (!source.has("raw", name)) {
            return -1;
        }
        int end = source.skipSpace(name + 3);
        if (source.has("-%}", end)) {
            return source.skipSpace(end + 3);
        }
        return source.has("%}", end) ? end + 2 : -1;
    }

    private void raw(int begin, int tag) {
        String text = source.text();
        for (int i = text.indexOf("{%", begin); i >= 0; i = text.indexOf("{%", i + 1)) {
            int sign = source.at(i + 2);
            int name = source.skipSpace(i + (sign == '-' || sign == '+' ? 3 : 2));
            int end = source.has("endraw", name) ? source.skipSpace(name + 6) : -1;
            if (end >= 0) {
                int endSign = source.at(end);
                int close = endSign == '-' || endSign == '+' ? end + 1 : end;
                if (source.has("%}", close)) {
                    data(begin, textEnd(begin, i, sign, true));
                    at = afterEnd(close + 2, close > end ? endSign : 0);
                    return;
                }
            }
        }
        throw source.failure("Missing end of raw directive", tag);
    }

    private void code(boolean variable) {
        open.clear();
        while (at < source.length()) {
            if (open.isEmpty() && end(variable)) {
                return;
            }
            token();
        }
    }

    private boolean end(boolean variable) {
        String mark = variable ? "}}" : "%}";
        int sign = source.at(at);
        boolean signed = source.has(mark, at + 1) && (sign == '-' || (sign == '+' && !variable));
        if (!signed && !source.has(mark, at)) {
            return false;
        }
        add(variable ? Kind.VARIABLE_END : Kind.BLOCK_END, "", at);
        int after = at + (signed ? 3 : 2);
        if (variable) {
            at = signed ? source.skipSpace(after) : after;
        } else {
            at = afterEnd(after, signed ? sign : 0);
        }
        return true;
    }

    private void token() {
        int c = source.at(at);
        if (Chars.isSpace(c)) {
            at = source.skipSpace(at);
        } else if (Chars.isDigit(c)) {
            number();
        } else if (Chars.isNamePart(c)) {
            name();
        } else if (c == '\'' || c == '"') {
            string((char) c);
        } else {
            operator();
        }
    }

    private void name() {
        int begin = at;
        while (at < source.length() && Chars.isNamePart(source.at(at))) {
            at += Character.charCount(source.at(at));
        }
        if (!Chars.isNameStart(source.at(begin))) {
            throw source.failure("Invalid character in identifier", begin);
        }
        add(Kind.NAME, source.text().substring(begin, at), begin);
    }

    private void number() {
        int begin = at;
        int fraction = begin > 0 && source.at(begin - 1) == '.' ? -1 : floatEnd(begin);
        if (fraction > 0) {
            at = fraction;
            add(Kind.FLOAT, source.text().substring(begin, at).replace("_", ""), begin);
            return;
        }
        int prefix = source.at(begin) == '0' ? "xXoObB".indexOf(source.at(begin + 1)) : -1;
        int radix = prefix < 0 ? 10 : prefix < 2 ? 16 : prefix < 4 ? 8 : 2;
        if (radix != 10) {
            at = digits(begin + 2, radix, false);
        }
        if (radix == 10 || at == begin + 2) {
            at = digits(begin, 10, source.at(begin) == '0');
        }
        add(Kind.INTEGER, source.text().substring(begin, at).replace("_", ""), begin);
    }

    /** Return the end of digits with single underscores between them. */
    private int digits(int from, int radix, boolean zeros) {
        int end = from;
        while (true) {
            int digit = source.at(end) == '_' && end > from ? end + 1 : end;
            int c = source.at(digit);
            if (c > 'f' || Character.digit(c, radix) < 0 || (zeros && c != '0')) {
                return end;
            }
            end = digit + 1;
        }
    }

    /** Return the end of a number with a point or exponent, or -1. */
    private int floatEnd(int begin) {
        int whole = digits(begin, 10, false);
        int end = whole;
        if (source.at(end) == '.' && Chars.isDigit(source.at(end + 1))) {
            end = digits(end + 1, 10, false);
        }
        if (source.at(end) == 'e' || source.at(end) == 'E') {
            int sign = source.at(end + 1);
            int exponent = sign == '+' || sign == '-' ? end + 2 : end + 1;
            if (Chars.isDigit(source.at(exponent))) {
                end = digits(exponent, 10, false);
            }
        }
        return end > whole ? end : -1;
    }

    private void string(char quote) {
        int begin = at;
        int end = begin + 1;
        while (end < source.length() && source.text().charAt(end) != quote) {
            end += source.text().charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw source.failure("The string that starts here does not end", begin);
        }
        try {
            add(Kind.STRING, Literals.unescape(source.text().substring(begin + 1, end)), begin);
        } catch (Fault e) {
            throw source.failure(e.reason(), begin);
        }
        at = end + 1;
    }

    private void operator() {
        int begin = at;
        String found = null;
        for (String operator : OPERATORS) {
            if (source.has(operator, at)) {
                found = operator;
            }
        }
        if (found == null && SINGLE_OPERATORS.indexOf(source.at(at)) >= 0) {
            found = Character.toString(source.at(at));
        }
        if (found == null) {
            throw source.failure("unexpected char '" + Character.toString(source.at(at)) + "'", at);
        }
        balance(found);
        add(Kind.OPERATOR, found, begin);
        at += found.length();
    }

    private void balance(String operator) {
        char c = operator.charAt(0);
        switch (c) {
            case '{' -> open.push('}');
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '}', ')', ']' -> {
                if (open.isEmpty() || open.pop() != c) {
                    throw source.failure("unexpected '" + c + "'", at);
                }
            }
            default -> {}
        }
    }
}
