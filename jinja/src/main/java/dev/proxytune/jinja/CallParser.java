package dev.proxytune.jinja;

import dev.proxytune.jinja.Expr.Args;
import dev.proxytune.jinja.Expr.Keyword;
import dev.proxytune.jinja.Stmt.Signature;
import dev.proxytune.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Parse what stands in the parentheses of calls and of macros. */
final class CallParser {
    private CallParser() {}

    static Args arguments(Tokens tokens, ExpressionParser expressions) {
        int at = tokens.current().at();
        tokens.expectOperator("(");
        List<Expr> values = new ArrayList<>();
        List<Keyword> named = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Optional<Expr> spread = Optional.empty();
        Optional<Expr> spreadNamed = Optional.empty();
        boolean first = true;
        while (!tokens.current().isOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.current().isOperator(")")) {
                    break;
                }
            }
            first = false;
            boolean open = spreadNamed.isEmpty();
            if (open && spread.isEmpty() && tokens.skipOperator("*")) {
                spread = Optional.of(expressions.expression());
            } else if (open && tokens.skipOperator("**")) {
                spreadNamed = Optional.of(expressions.expression());
            } else if (open && tokens.current().is(Kind.NAME) && tokens.look().isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                if (!seen.add(name)) {
                    throw tokens.failure("keyword argument repeated: " + name);
                }
                named.add(new Keyword(name, expressions.expression()));
            } else if (open && spread.isEmpty() && named.isEmpty()) {
                values.add(expressions.expression());
            } else {
                throw tokens.failure("invalid syntax for function call expression", at);
            }
        }
        tokens.expectOperator(")");
        return new Args(values, named, spread, spreadNamed);
    }

    /** Parse the parameters of a macro; whether it asks for its caller is known after its body. */
    static Signature signature(String name, Tokens tokens, ExpressionParser expressions) {
        List<String> parameters = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        List<Expr> defaults = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.current().isOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            Token token = tokens.expect(Kind.NAME, "a name");
            if (!seen.add(token.text())) {
                throw tokens.failure("duplicate parameter '" + token.text() + "'", token.at());
            }
            parameters.add(token.text());
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.failure("non-default argument follows default argument");
            }
        }
        tokens.expectOperator(")");
        return new Signature(name, parameters, defaults, false, false, false);
    }
}
