package dev.proxytune.jinja;

import java.util.List;
import java.util.Optional;

/** An expression of a template. Each knows its place in the source. */
sealed interface Expr {
    int at();

    record Literal(int at, Value value) implements Expr {}

    record Name(int at, String name) implements Expr {}

    record TupleOf(int at, List<Expr> items) implements Expr {}

    record ListOf(int at, List<Expr> items) implements Expr {}

    record DictOf(int at, List<Expr> keys, List<Expr> values) implements Expr {}

    /** {@code target.name}. */
    record Attribute(int at, Expr target, String name) implements Expr {}

    /** {@code target[index]}. */
    record Item(int at, Expr target, Expr index) implements Expr {}

    /** {@code target[start:stop:step]}. */
    record Slice(int at, Expr target, Optional<Expr> start, Optional<Expr> stop, Optional<Expr> step) implements Expr {}

    record Call(int at, Expr target, Args args) implements Expr {}

    /** {@code target|name(args)}; without a target it is applied to a block's text. */
    record Filtered(int at, Optional<Expr> target, String name, Args args) implements Expr {}

    /** {@code target is name(args)}. */
    record Tested(int at, Expr target, String name, Args args) implements Expr {}

    record Not(int at, Expr operand) implements Expr {}

    record Signed(int at, boolean negative, Expr operand) implements Expr {}

    record And(int at, List<Expr> operands) implements Expr {}

    record Or(int at, List<Expr> operands) implements Expr {}

    /** {@code a ~ b ~ c}. */
    record Concat(int at, List<Expr> operands) implements Expr {}

    /** Operators of one precedence, from left to right: {@code a + b - c}. */
    record Arithmetic(int at, Expr first, List<Operation> rest) implements Expr {}

    /** {@code a < b <= c}. */
    record Compare(int at, Expr first, List<Operation> rest) implements Expr {}

    /** {@code then if test else otherwise}. */
    record Conditional(int at, Expr test, Expr then, Optional<Expr> otherwise) implements Expr {}

    /** {@code name.attribute} that is assigned to. */
    record NamespaceTarget(int at, String name, String attribute) implements Expr {}

    /** An operator and what stands behind it. */
    record Operation(int at, String operator, Expr operand) {}

    /** Arguments of a call, a filter or a test. */
    record Args(List<Expr> values, List<Keyword> named, Optional<Expr> spread, Optional<Expr> spreadNamed) {
        static final Args NONE = new Args(List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    record Keyword(String name, Expr value) {}
}
