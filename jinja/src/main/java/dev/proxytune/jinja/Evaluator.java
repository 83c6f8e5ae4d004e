package dev.proxytune.jinja;

import dev.proxytune.jinja.Expr.Args;
import dev.proxytune.jinja.Expr.Operation;
import dev.proxytune.jinja.Value.Bool;
import dev.proxytune.jinja.Value.None;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** Evaluate expressions. */
final class Evaluator {
    private final Budget budget;
    private int at;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    /** Return the place in the source of what was evaluated last. */
    int at() {
        return at;
    }

    void at(int place) {
        at = place;
    }

    Value evaluate(Expr expr, Scope scope) {
        budget.enter();
        at = expr.at();
        Value value = switch (expr) {
            case Expr.Literal literal -> literal.value();
            case Expr.Name name -> name(name, scope);
            case Expr.Attribute attribute -> attribute(attribute, scope);
            case Expr.Item item -> item(item, scope);
            case Expr.Slice slice -> slice(slice, scope);
            case Expr.Call call -> call(call, scope, Optional.empty());
            case Expr.Filtered filtered ->
                filter(filtered, evaluate(filtered.target().orElseThrow(), scope), scope);
            case Expr.Tested tested -> test(tested, scope);
            case Expr.Arithmetic arithmetic -> arithmetic(arithmetic, scope);
            case Expr.Compare compare -> compare(compare, scope);
            case Expr.Concat concat -> concat(concat, scope);
            case Expr.And and -> shortCircuit(and.operands(), false, scope);
            case Expr.Or or -> shortCircuit(or.operands(), true, scope);
            case Expr.Not not -> Bool.of(!isTrue(not.operand(), scope));
            case Expr.Signed signed -> {
                Value operand = evaluate(signed.operand(), scope);
                at = signed.at();
                yield Operators.sign(signed.negative(), operand);
            }
            case Expr.Conditional conditional -> conditional(conditional, scope);
            case Expr.TupleOf tuple -> Tuple.of(budget, all(tuple.items(), scope));
            case Expr.ListOf list -> ListValue.of(budget, all(list.items(), scope));
            case Expr.DictOf dict -> dict(dict, scope);
            case Expr.NamespaceTarget target ->
                throw new Fault("'" + target.name() + "." + target.attribute() + "' is no value");
        };
        budget.leave();
        return value;
    }

    boolean isTrue(Expr expr, Scope scope) {
        return Comparisons.isTrue(evaluate(expr, scope));
    }

    List<Value> all(List<Expr> exprs, Scope scope) {
        List<Value> values = new ArrayList<>(exprs.size());
        for (Expr expr : exprs) {
            values.add(evaluate(expr, scope));
        }
        return values;
    }

    private static Value name(Expr.Name name, Scope scope) {
        Value value = scope.find(name.name());
        return value == null ? Undefined.name(name.name()) : value;
    }

    private Value attribute(Expr.Attribute attribute, Scope scope) {
        Value target = evaluate(attribute.target(), scope);
        at = attribute.at();
        return Members.attribute(budget, target, attribute.name());
    }

    private Value item(Expr.Item item, Scope scope) {
        Value target = evaluate(item.target(), scope);
        Value key = evaluate(item.index(), scope);
        at = item.at();
        return Members.item(budget, target, key);
    }

    private Value slice(Expr.Slice slice, Scope scope) {
        Value target = evaluate(slice.target(), scope);
        Value start = optional(slice.start(), scope);
        Value stop = optional(slice.stop(), scope);
        Value step = optional(slice.step(), scope);
        at = slice.at();
        return Members.slice(budget, target, start, stop, step);
    }

    private Value optional(Optional<Expr> expr, Scope scope) {
        return expr.isPresent() ? evaluate(expr.get(), scope) : None.NONE;
    }

    /** Evaluate a call, with the body of a call block if there is one. */
    Value call(Expr.Call call, Scope scope, Optional<Function> caller) {
        Value target = evaluate(call.target(), scope);
        Arguments arguments = arguments(call.args(), scope);
        caller.ifPresent(function -> arguments.named().put("caller", function));
        at = call.at();
        return switch (target) {
            case Function function -> function.body().call(arguments);
            case Loop loop -> loop.call(arguments);
            case Undefined undefined -> throw undefined.fault();
            default -> throw new Fault("'" + target.type() + "' object is not callable");
        };
    }

    private Arguments arguments(Args args, Scope scope) {
        List<Value> values = all(args.values(), scope);
        var named = new LinkedHashMap<String, Value>();
        for (Expr.Keyword keyword : args.named()) {
            named.put(keyword.name(), evaluate(keyword.value(), scope));
        }
        if (args.spread().isPresent()) {
            values.addAll(Iteration.list(budget, evaluate(args.spread().get(), scope)));
        }
        if (args.spreadNamed().isPresent()) {
            Value more = evaluate(args.spreadNamed().get(), scope);
            if (!(more instanceof Dict dict)) {
                throw new Fault("argument after ** must be a mapping, not " + more.type());
            }
            budget.items(2L * dict.size());
            for (Dict.Entry entry : dict.entries()) {
                String name = TextMethods.string(entry.key(), "keywords").string();
                if (named.put(name, entry.value()) != null) {
                    throw new Fault("got multiple values for keyword argument '" + name + "'");
                }
            }
        }
        return new Arguments(values, named);
    }

    /** Apply a filter to a value. */
    Value filter(Expr.Filtered filtered, Value value, Scope scope) {
        Arguments arguments = arguments(filtered.args(), scope);
        at = filtered.at();
        return Filters.apply(budget, filtered.name(), value, arguments);
    }

    /** Apply the filters of a block, the innermost of which has no target of its own, to the block's text. */
    Value filterBlock(Expr filter, Value text, Scope scope) {
        Expr.Filtered filtered = (Expr.Filtered) filter;
        Value inner =
                filtered.target().isPresent() ? filterBlock(filtered.target().get(), text, scope) : text;
        return filter(filtered, inner, scope);
    }

    private Value test(Expr.Tested tested, Scope scope) {
        Value value = evaluate(tested.target(), scope);
        Arguments arguments = arguments(tested.args(), scope);
        at = tested.at();
        return Bool.of(Tests.apply(budget, tested.name(), value, arguments));
    }

    private Value arithmetic(Expr.Arithmetic arithmetic, Scope scope) {
        Value value = evaluate(arithmetic.first(), scope);
        for (Operation operation : arithmetic.rest()) {
            Value operand = evaluate(operation.operand(), scope);
            at = operation.at();
            value = Operators.apply(budget, operation.operator(), value, operand);
        }
        return value;
    }

    private Value compare(Expr.Compare compare, Scope scope) {
        Value left = evaluate(compare.first(), scope);
        for (Operation operation : compare.rest()) {
            Value right = evaluate(operation.operand(), scope);
            at = operation.at();
            if (!holds(operation.operator(), left, right)) {
                return Bool.FALSE;
            }
            left = right;
        }
        return Bool.TRUE;
    }

    private boolean holds(String operator, Value left, Value right) {
        return switch (operator) {
            case "==" -> Comparisons.equal(budget, left, right);
            case "!=" -> !Comparisons.equal(budget, left, right);
            case "in" -> Comparisons.contains(budget, right, left);
            case "not in" -> !Comparisons.contains(budget, right, left);
            default -> Comparisons.ordered(budget, operator, left, right);
        };
    }

    private Value concat(Expr.Concat concat, Scope scope) {
        var builder = new TextBuilder(budget);
        for (Value value : all(concat.operands(), scope)) {
            builder.append(Printer.str(budget, value));
        }
        return builder.build();
    }

    private Value shortCircuit(List<Expr> operands, boolean stop, Scope scope) {
        Value value = None.NONE;
        for (Expr operand : operands) {
            value = evaluate(operand, scope);
            if (Comparisons.isTrue(value) == stop) {
                return value;
            }
        }
        return value;
    }

    private Value conditional(Expr.Conditional conditional, Scope scope) {
        if (isTrue(conditional.test(), scope)) {
            return evaluate(conditional.then(), scope);
        }
        return conditional.otherwise().isPresent()
                ? evaluate(conditional.otherwise().get(), scope)
                : new Undefined("the inline if-expression evaluated to false and no else section was defined.");
    }

    private Value dict(Expr.DictOf dict, Scope scope) {
        var builder = new Dict.Builder(budget);
        for (int i = 0; i < dict.keys().size(); i++) {
            Value key = evaluate(dict.keys().get(i), scope);
            Value value = evaluate(dict.values().get(i), scope);
            at = dict.at();
            builder.put(key, value);
        }
        return builder.build();
    }
}
