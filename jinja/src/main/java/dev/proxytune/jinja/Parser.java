package dev.proxytune.jinja;

import dev.proxytune.jinja.Stmt.Branch;
import dev.proxytune.jinja.Stmt.Signature;
import dev.proxytune.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parse a template into statements. */
final class Parser {
    private static final List<String> TOP = List.of();

    private final Tokens tokens;
    private final Names names;
    private final ExpressionParser expressions;
    private final int maxNesting;
    private int nesting;
    private int loops;

    private Parser(Source source, Limits limits) {
        this.tokens = new Tokens(source);
        this.names = new Names(source);
        this.maxNesting = limits.nesting();
        this.expressions = new ExpressionParser(tokens, names, maxNesting);
    }

    static List<Stmt> parse(Source source, Limits limits) {
        var parser = new Parser(source, limits);
        List<Stmt> body = parser.statements(TOP);
        parser.names.leave();
        return body;
    }

    /** Parse up to the tag of one of these names, which is the current token then. */
    private List<Stmt> statements(List<String> ends) {
        if (++nesting > maxNesting) {
            throw tokens.failure("blocks nest deeper than " + maxNesting + " levels");
        }
        List<Stmt> body = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> body.add(new Stmt.Data(Text.trusted(token.text())));
                case VARIABLE_BEGIN -> {
                    body.add(new Stmt.Print(expressions.tuple(true)));
                    tokens.expect(Kind.VARIABLE_END, "the end of the print statement");
                }
                case BLOCK_BEGIN -> {
                    if (tokens.current().is(Kind.NAME)
                            && ends.contains(tokens.current().text())) {
                        nesting--;
                        return body;
                    }
                    body.add(statement(ends));
                    tokens.expect(Kind.BLOCK_END, "the end of the statement block");
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw tokens.failure("unexpected end of the template, expected " + String.join(" or ", ends));
                    }
                    nesting--;
                    return body;
                }
            }
        }
    }

    /** Parse the body of a block after the rest of its tag. */
    private List<Stmt> body(String... ends) {
        tokens.skipOperator(":");
        tokens.expect(Kind.BLOCK_END, "the end of the statement block");
        return statements(List.of(ends));
    }

    /** Parse the body of a block and its end tag's name. */
    private List<Stmt> wholeBody(String end) {
        List<Stmt> body = body(end);
        tokens.next();
        return body;
    }

    /** Parse a body with names of its own. */
    private List<Stmt> scopedBody(String end) {
        names.enter();
        List<Stmt> body = wholeBody(end);
        names.leave();
        return body;
    }

    private Stmt statement(List<String> ends) {
        Token token = tokens.expect(Kind.NAME, "the name of a tag");
        return switch (token.text()) {
            case "if" -> ifStatement();
            case "for" -> forStatement(token.at());
            case "set" -> set();
            case "macro" -> macro(token.at());
            case "call" -> callBlock(token.at());
            case "filter" -> filterBlock();
            case "generation" -> new Stmt.Scoped(function(() -> scopedBody("endgeneration")));
            case "with" -> with();
            case "block" -> block();
            case "print" -> print();
            case "break" -> jump(new Stmt.Break(), token);
            case "continue" -> jump(new Stmt.Continue(), token);
            case "extends", "include", "import", "from" -> elsewhere(token);
            default ->
                throw tokens.failure(
                        "unknown tag '" + token.text() + "'"
                                + (ends.isEmpty() ? "" : ", expected " + String.join(" or ", ends)),
                        token.at());
        };
    }

    private Stmt ifStatement() {
        names.enter();
        List<Branch> branches = new ArrayList<>();
        List<Stmt> otherwise = List.of();
        String tag = "elif";
        while (tag.equals("elif")) {
            Expr test = expressions.tuple(false);
            branches.add(new Branch(test, body("elif", "else", "endif")));
            tag = tokens.next().text();
        }
        if (tag.equals("else")) {
            otherwise = wholeBody("endif");
        }
        names.forgive(0);
        names.leave();
        return new Stmt.If(branches, otherwise);
    }

    private Stmt forStatement(int at) {
        names.enterLoop();
        Expr target = expressions.target(false, Set.of("in"));
        tokens.expectName("in");
        Expr items = expressions.loopItems();
        names.enter();
        Optional<Expr> test = tokens.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean recursive = tokens.skipName("recursive");
        loops++;
        List<Stmt> body = body("endfor", "else");
        loops--;
        List<Stmt> otherwise = tokens.next().text().equals("else") ? wholeBody("endfor") : List.of();
        names.leave();
        names.leaveLoop();
        return new Stmt.For(at, target, items, test, recursive, body, otherwise);
    }

    private Stmt set() {
        Expr target = expressions.target(true, Set.of());
        if (tokens.skipOperator("=")) {
            return new Stmt.Set(target, expressions.tuple(true));
        }
        names.enter();
        Optional<Expr> filter = expressions.operands().filter(Optional.empty());
        List<Stmt> body = wholeBody("endset");
        names.leave();
        return new Stmt.SetBlock(target, filter, body);
    }

    /** Parse a body that is a function, so that loops around it are out of its reach. */
    private <T> T function(java.util.function.Supplier<T> parse) {
        int around = loops;
        loops = 0;
        T parsed = parse.get();
        loops = around;
        return parsed;
    }

    private Stmt macro(int at) {
        String name = tokens.expect(Kind.NAME, "the name of a macro").text();
        names.write(name, tokens, at);
        names.enter();
        Signature signature = CallParser.signature(name, tokens, expressions);
        names.enterMacro();
        List<Stmt> body = function(() -> wholeBody("endmacro"));
        Signature whole = withReads(signature, names.leaveMacro());
        names.leave();
        return new Stmt.Macro(at, whole, body);
    }

    private static Signature withReads(Signature signature, Set<String> reads) {
        List<String> own = signature.parameters();
        return new Signature(
                signature.name(),
                own,
                signature.defaults(),
                reads.contains("caller"),
                reads.contains("varargs") && !own.contains("varargs"),
                reads.contains("kwargs") && !own.contains("kwargs"));
    }

    private Stmt callBlock(int at) {
        names.enter();
        Signature signature = tokens.current().isOperator("(")
                ? CallParser.signature("caller", tokens, expressions)
                : new Signature("caller", List.of(), List.of(), false, false, false);
        Expr call = expressions.expression();
        if (!(call instanceof Expr.Call known)) {
            throw tokens.failure("expected a call", call.at());
        }
        names.enterMacro();
        List<Stmt> body = function(() -> wholeBody("endcall"));
        Signature whole = withReads(signature, names.leaveMacro());
        names.leave();
        return new Stmt.CallBlock(at, whole, known, body);
    }

    private Stmt filterBlock() {
        names.enter();
        Expr filter = expressions.operands().oneFilter(Optional.empty());
        Expr all = expressions.operands().filter(Optional.of(filter)).orElse(filter);
        List<Stmt> body = wholeBody("endfilter");
        names.leave();
        return new Stmt.FilterBlock(all, body);
    }

    private Stmt with() {
        List<Expr> targets = new ArrayList<>();
        List<Expr> values = new ArrayList<>();
        names.enter();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(expressions.target(false, Set.of()));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        List<Stmt> body = wholeBody("endwith");
        names.leave();
        return new Stmt.With(targets, values, body);
    }

    private Stmt block() {
        String name = tokens.expect(Kind.NAME, "the name of a block").text();
        tokens.skipName("scoped");
        tokens.skipName("required");
        List<Stmt> body = function(() -> scopedBody("endblock"));
        tokens.skipName(name);
        return new Stmt.Block(body);
    }

    private Stmt print() {
        List<Stmt> prints = new ArrayList<>();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!prints.isEmpty()) {
                tokens.expectOperator(",");
            }
            prints.add(new Stmt.Print(expressions.expression()));
        }
        return new Stmt.If(
                List.of(new Branch(new Expr.Literal(tokens.current().at(), Value.Bool.TRUE), prints)), List.of());
    }

    private Stmt jump(Stmt jump, Token token) {
        if (loops == 0) {
            throw tokens.failure("'" + token.text() + "' outside of a loop", token.at());
        }
        return jump;
    }

    private Stmt elsewhere(Token token) {
        @Nullable Token last = null;
        while (!tokens.current().is(Kind.BLOCK_END) && !tokens.current().is(Kind.END)) {
            last = tokens.next();
        }
        if (last == null) {
            throw tokens.failure(
                    "expected an expression, found " + tokens.current().label());
        }
        return new Stmt.Elsewhere(token.at(), token.text());
    }
}
