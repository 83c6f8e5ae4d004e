package dev.proxytune.jinja;

import dev.proxytune.jinja.Expr.Operation;
import dev.proxytune.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Parse expressions with the precedence of Jinja2. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;
    private final Names names;
    private final OperandParser operands;
    private final int maxNesting;
    private int nesting;

    ExpressionParser(Tokens tokens, Names names, int maxNesting) {
        this.tokens = tokens;
        this.names = names;
        this.operands = new OperandParser(tokens, names, this);
        this.maxNesting = maxNesting;
    }

    /** Return what parses filters alone. */
    OperandParser operands() {
        return operands;
    }

    /** Parse what nests, and refuse to go too deep. */
    private Expr nested(Supplier<Expr> parse) {
        if (++nesting > maxNesting) {
            throw tokens.failure("the expression nests deeper than " + maxNesting + " levels");
        }
        Expr parsed = parse.get();
        nesting--;
        return parsed;
    }

    Expr expression() {
        return nested(this::conditional);
    }

    private Expr conditional() {
        int mark = names.mark();
        int at = tokens.current().at();
        Expr then = or();
        while (tokens.skipName("if")) {
            Expr test = or();
            Optional<Expr> otherwise = tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
            then = new Expr.Conditional(at, test, then, otherwise);
            names.forgive(mark);
        }
        return then;
    }

    Expr or() {
        int at = tokens.current().at();
        List<Expr> operands = new ArrayList<>(List.of(and()));
        while (tokens.skipName("or")) {
            operands.add(and());
        }
        return operands.size() == 1 ? operands.getFirst() : new Expr.Or(at, operands);
    }

    private Expr and() {
        int at = tokens.current().at();
        List<Expr> operands = new ArrayList<>(List.of(not()));
        while (tokens.skipName("and")) {
            operands.add(not());
        }
        return operands.size() == 1 ? operands.getFirst() : new Expr.And(at, operands);
    }

    private Expr not() {
        int at = tokens.current().at();
        return tokens.skipName("not") ? new Expr.Not(at, nested(this::not)) : compare();
    }

    private Expr compare() {
        int at = tokens.current().at();
        Expr first = sum();
        List<Operation> rest = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            if ((token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) || token.isName("in")) {
                tokens.next();
                rest.add(new Operation(token.at(), token.text(), sum()));
            } else if (token.isName("not") && tokens.look().isName("in")) {
                tokens.next();
                tokens.next();
                rest.add(new Operation(token.at(), "not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expr.Compare(at, first, rest);
            }
        }
    }

    private Expr sum() {
        return arithmetic(this::concat, Set.of("+", "-"));
    }

    private Expr concat() {
        int at = tokens.current().at();
        List<Expr> operands = new ArrayList<>(List.of(product()));
        while (tokens.skipOperator("~")) {
            operands.add(product());
        }
        return operands.size() == 1 ? operands.getFirst() : new Expr.Concat(at, operands);
    }

    private Expr product() {
        return arithmetic(this::power, Set.of("*", "/", "//", "%"));
    }

    private Expr power() {
        return arithmetic(() -> unary(true), Set.of("**"));
    }

    private Expr arithmetic(Supplier<Expr> operand, Set<String> operators) {
        int at = tokens.current().at();
        Expr first = operand.get();
        List<Operation> rest = new ArrayList<>();
        while (tokens.current().is(Kind.OPERATOR)
                && operators.contains(tokens.current().text())) {
            Token operator = tokens.next();
            rest.add(new Operation(operator.at(), operator.text(), operand.get()));
        }
        return rest.isEmpty() ? first : new Expr.Arithmetic(at, first, rest);
    }

    private Expr unary(boolean filters) {
        Token token = tokens.current();
        Expr parsed;
        if (tokens.skipOperator("-")) {
            parsed = new Expr.Signed(token.at(), true, nested(() -> unary(false)));
        } else if (tokens.skipOperator("+")) {
            parsed = new Expr.Signed(token.at(), false, nested(() -> unary(false)));
        } else {
            parsed = operands.primary(false);
        }
        parsed = operands.postfix(parsed);
        return filters ? operands.filters(parsed) : parsed;
    }

    /** Parse expressions, which are a tuple where there is a comma. */
    Expr tuple(boolean conditionals) {
        return tuple(conditionals, false, false, Set.of());
    }

    /** Parse what stands in parentheses. */
    Expr parenthesized() {
        return nested(() -> tuple(true, true, false, Set.of()));
    }

    /** Parse the items of a loop. */
    Expr loopItems() {
        return tuple(false, false, false, Set.of("recursive"));
    }

    /** Parse names to assign to. */
    Expr target(boolean namespaces, Set<String> ends) {
        return tuple(false, false, true, ends, namespaces);
    }

    private Expr tuple(boolean conditionals, boolean parentheses, boolean target, Set<String> ends) {
        return tuple(conditionals, parentheses, target, ends, false);
    }

    private Expr tuple(
            boolean conditionals, boolean parentheses, boolean target, Set<String> ends, boolean namespaces) {
        int at = tokens.current().at();
        List<Expr> items = new ArrayList<>();
        boolean tuple = false;
        while (!isTupleEnd(ends)) {
            items.add(target ? targetItem(namespaces) : conditionals ? expression() : nested(this::or));
            if (!tokens.skipOperator(",")) {
                break;
            }
            tuple = true;
        }
        if (!tuple && !items.isEmpty()) {
            return items.getFirst();
        }
        if (!tuple && !parentheses) {
            throw tokens.failure(
                    "expected an expression, found " + tokens.current().label());
        }
        return new Expr.TupleOf(at, items);
    }

    private boolean isTupleEnd(Set<String> ends) {
        Token token = tokens.current();
        return token.is(Kind.VARIABLE_END)
                || token.is(Kind.BLOCK_END)
                || token.isOperator(")")
                || (token.is(Kind.NAME) && ends.contains(token.text()));
    }

    private Expr targetItem(boolean namespaces) {
        Token token = tokens.current();
        if (tokens.skipOperator("(")) {
            Expr inside = nested(() -> tuple(false, true, true, Set.of(), namespaces));
            tokens.expectOperator(")");
            return inside;
        }
        Expr item = token.is(Kind.NAME) ? targetName(namespaces) : operands.primary(false);
        if (!(item instanceof Expr.Name || item instanceof Expr.NamespaceTarget)) {
            throw tokens.failure("cannot assign to " + token.label(), token.at());
        }
        return item;
    }

    private Expr targetName(boolean namespaces) {
        Token token = tokens.current();
        Expr item = namespaces || !tokens.look().isOperator(".") ? operands.name(true) : operands.primary(false);
        if (item instanceof Expr.Name name) {
            names.write(name.name(), tokens, token.at());
        }
        return item;
    }
}
