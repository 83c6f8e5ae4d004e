package dev.proxytune.jinja;

import dev.proxytune.jinja.Token.Kind;
import java.util.List;

/** Walk over the tokens of a template. */
final class Tokens {
    private final Source source;
    private final List<Token> tokens;
    private int place;

    Tokens(Source source) {
        this.source = source;
        this.tokens = Lexer.tokens(source);
    }

    Token current() {
        return tokens.get(place);
    }

    Token look() {
        return tokens.get(Math.min(place + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (!token.is(Kind.END)) {
            place++;
        }
        return token;
    }

    boolean skipName(String name) {
        boolean found = current().isName(name);
        if (found) {
            next();
        }
        return found;
    }

    boolean skipOperator(String operator) {
        boolean found = current().isOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    Token expect(Kind kind, String label) {
        if (!current().is(kind)) {
            throw failure("expected " + label + ", found " + current().label());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw failure("expected '" + operator + "', found " + current().label());
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw failure("expected '" + name + "', found " + current().label());
        }
    }

    TemplateException failure(String reason) {
        return failure(reason, current().at());
    }

    TemplateException failure(String reason, int at) {
        return source.failure(reason, at);
    }
}
