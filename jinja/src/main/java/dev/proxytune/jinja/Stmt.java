package dev.proxytune.jinja;

import java.util.List;
import java.util.Optional;

/** A statement of a template. */
sealed interface Stmt {

    record Data(Text text) implements Stmt {}

    record Print(Expr value) implements Stmt {}

    record If(List<Branch> branches, List<Stmt> otherwise) implements Stmt {}

    record Branch(Expr test, List<Stmt> body) {}

    record For(
            int at,
            Expr target,
            Expr items,
            Optional<Expr> test,
            boolean recursive,
            List<Stmt> body,
            List<Stmt> otherwise)
            implements Stmt {}

    record Set(Expr target, Expr value) implements Stmt {}

    record SetBlock(Expr target, Optional<Expr> filter, List<Stmt> body) implements Stmt {}

    record Macro(int at, Signature signature, List<Stmt> body) implements Stmt {}

    record CallBlock(int at, Signature signature, Expr.Call call, List<Stmt> body) implements Stmt {}

    record FilterBlock(Expr filter, List<Stmt> body) implements Stmt {}

    /** A block that only gives its body names of its own. */
    record Scoped(List<Stmt> body) implements Stmt {}

    record With(List<Expr> targets, List<Expr> values, List<Stmt> body) implements Stmt {}

    record Block(List<Stmt> body) implements Stmt {}

    record Break() implements Stmt {}

    record Continue() implements Stmt {}

    /** A statement that needs other templates, of which there are none. */
    record Elsewhere(int at, String statement) implements Stmt {}

    /**
     * What a macro takes.
     *
     * @param defaults the defaults of the last parameters
     * @param caller whether the body asks for {@code caller}, and so for the others
     */
    record Signature(
            String name,
            List<String> parameters,
            List<Expr> defaults,
            boolean caller,
            boolean varargs,
            boolean kwargs) {}
}
