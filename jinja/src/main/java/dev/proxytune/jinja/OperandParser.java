package dev.proxytune.jinja;

import dev.proxytune.jinja.Expr.Args;
import dev.proxytune.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Parse what operators stand between: literals, names and brackets, and the attributes, subscripts, calls, filters and
 * tests that follow them.
 */
final class OperandParser {
    private static final int MAX_LITERAL = 1 << 14;

    private final Tokens tokens;
    private final Names names;
    private final ExpressionParser expressions;

    OperandParser(Tokens tokens, Names names, ExpressionParser expressions) {
        this.tokens = tokens;
        this.names = names;
        this.expressions = expressions;
    }

    /** Parse a literal, a name or brackets. */
    Expr primary(boolean target) {
        Token token = tokens.current();
        return switch (token.kind()) {
            case NAME -> name(target);
            case STRING -> string();
            case INTEGER -> new Expr.Literal(tokens.next().at(), integer(token));
            case FLOAT -> new Expr.Literal(tokens.next().at(), new Value.Real(Double.parseDouble(token.text()), false));
            case OPERATOR -> bracketed();
            default -> throw tokens.failure("expected an expression, found " + token.label());
        };
    }

    /** Parse a name to be read, or assigned to. */
    Expr name(boolean target) {
        Token token = tokens.next();
        switch (token.text()) {
            case "true", "True" -> {
                return new Expr.Literal(token.at(), Value.Bool.TRUE);
            }
            case "false", "False" -> {
                return new Expr.Literal(token.at(), Value.Bool.FALSE);
            }
            case "none", "None" -> {
                return new Expr.Literal(token.at(), Value.None.NONE);
            }
            default -> {}
        }
        if (target && tokens.skipOperator(".")) {
            return new Expr.NamespaceTarget(
                    token.at(), token.text(), tokens.expect(Kind.NAME, "a name").text());
        }
        if (!target) {
            names.read(token.text());
        }
        return new Expr.Name(token.at(), token.text());
    }

    private Expr string() {
        Token token = tokens.next();
        var text = new StringBuilder(token.text());
        while (tokens.current().is(Kind.STRING)) {
            text.append(tokens.next().text());
        }
        return new Expr.Literal(token.at(), Text.trusted(text.toString()));
    }

    private Value integer(Token token) {
        String text = token.text();
        int prefix = text.length() > 1 && text.charAt(0) == '0' ? "xXoObB".indexOf(text.charAt(1)) : -1;
        int radix = prefix < 0 ? 10 : prefix < 2 ? 16 : prefix < 4 ? 8 : 2;
        if (radix == 10 && text.length() > Numbers.MAX_DIGITS) {
            throw tokens.failure("the number has more than " + Numbers.MAX_DIGITS + " digits", token.at());
        }
        if (text.length() > MAX_LITERAL) {
            throw tokens.failure("the number has more than " + MAX_LITERAL + " digits", token.at());
        }
        return new Value.Int(new BigInteger(radix == 10 ? text : text.substring(2), radix), false);
    }

    private Expr bracketed() {
        Token token = tokens.current();
        return switch (token.text()) {
            case "(" -> {
                tokens.next();
                Expr inside = expressions.parenthesized();
                tokens.expectOperator(")");
                yield inside;
            }
            case "[" -> {
                tokens.next();
                List<Expr> items = new ArrayList<>();
                while (more("]", items.isEmpty())) {
                    items.add(expressions.expression());
                }
                yield new Expr.ListOf(token.at(), items);
            }
            case "{" -> dict();
            default -> throw tokens.failure("unexpected " + token.label());
        };
    }

    /** Skip a comma between items or the end of a list, and tell whether an item follows. */
    private boolean more(String end, boolean first) {
        if (tokens.skipOperator(end)) {
            return false;
        }
        if (!first) {
            tokens.expectOperator(",");
            return !tokens.skipOperator(end);
        }
        return true;
    }

    private Expr dict() {
        int at = tokens.next().at();
        List<Expr> keys = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        while (more("}", keys.isEmpty())) {
            keys.add(expressions.expression());
            tokens.expectOperator(":");
            values.add(expressions.expression());
        }
        return new Expr.DictOf(at, keys, values);
    }

    /** Parse the attributes, subscripts and calls that follow. */
    Expr postfix(Expr target) {
        Expr parsed = target;
        while (true) {
            Token token = tokens.current();
            if (tokens.skipOperator(".")) {
                parsed = attribute(parsed, token.at());
            } else if (tokens.skipOperator("[")) {
                parsed = subscript(parsed, token.at());
            } else if (token.isOperator("(")) {
                parsed = new Expr.Call(token.at(), parsed, arguments());
            } else {
                return parsed;
            }
        }
    }

    private Expr attribute(Expr target, int at) {
        Token token = tokens.next();
        return switch (token.kind()) {
            case NAME -> new Expr.Attribute(at, target, token.text());
            case INTEGER -> new Expr.Item(at, target, new Expr.Literal(token.at(), integer(token)));
            default -> throw tokens.failure("expected a name or number, found " + token.label(), token.at());
        };
    }

    private Expr subscript(Expr target, int at) {
        Optional<Expr> start = sliceEnd();
        Expr parsed;
        if (tokens.skipOperator(":")) {
            Optional<Expr> stop = sliceEnd();
            Optional<Expr> step = tokens.skipOperator(":") ? sliceEnd() : Optional.empty();
            parsed = new Expr.Slice(at, target, start, stop, step);
        } else {
            Expr index = start.orElseThrow(() -> tokens.failure("expected a subscript"));
            List<Expr> more = new ArrayList<>(List.of(index));
            while (tokens.skipOperator(",")) {
                more.add(expressions.expression());
            }
            parsed = new Expr.Item(at, target, more.size() == 1 ? index : new Expr.TupleOf(at, more));
        }
        tokens.expectOperator("]");
        return parsed;
    }

    private Optional<Expr> sliceEnd() {
        Token token = tokens.current();
        return token.isOperator(":") || token.isOperator("]")
                ? Optional.empty()
                : Optional.of(expressions.expression());
    }

    /** Parse the filters and tests that follow, and calls of what they yield. */
    Expr filters(Expr target) {
        Expr parsed = target;
        while (true) {
            Token token = tokens.current();
            if (token.isOperator("|")) {
                parsed = filter(Optional.of(parsed)).orElseThrow();
            } else if (token.isName("is")) {
                parsed = test(parsed);
            } else if (token.isOperator("(")) {
                parsed = new Expr.Call(token.at(), parsed, arguments());
            } else {
                return parsed;
            }
        }
    }

    /** Parse the filters that follow, if any. */
    Optional<Expr> filter(Optional<Expr> target) {
        Optional<Expr> parsed = target;
        while (tokens.skipOperator("|")) {
            parsed = Optional.of(oneFilter(parsed));
        }
        return parsed;
    }

    /** Parse a filter without the bar before it. */
    Expr oneFilter(Optional<Expr> target) {
        Token token = tokens.current();
        String name = dotted();
        names.filter(name, token.at());
        return new Expr.Filtered(token.at(), target, name, tokens.current().isOperator("(") ? arguments() : Args.NONE);
    }

    private String dotted() {
        var name = new StringBuilder(tokens.expect(Kind.NAME, "a name").text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Kind.NAME, "a name").text());
        }
        return name.toString();
    }

    private Expr test(Expr target) {
        int at = tokens.next().at();
        boolean negated = tokens.skipName("not");
        Token token = tokens.current();
        String name = dotted();
        names.test(name, token.at());
        Expr test = new Expr.Tested(at, target, name, testArguments());
        return negated ? new Expr.Not(at, test) : test;
    }

    private Args testArguments() {
        Token token = tokens.current();
        if (token.isOperator("(")) {
            return arguments();
        }
        boolean argument = switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
        if (!argument) {
            return Args.NONE;
        }
        if (token.isName("is")) {
            throw tokens.failure("tests with 'is' cannot be chained");
        }
        return new Args(List.of(postfix(primary(false))), List.of(), Optional.empty(), Optional.empty());
    }

    private Args arguments() {
        return CallParser.arguments(tokens, expressions);
    }
}
