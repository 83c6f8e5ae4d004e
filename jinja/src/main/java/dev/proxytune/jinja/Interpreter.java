package dev.proxytune.jinja;

import dev.proxytune.jinja.Stmt.Branch;
import dev.proxytune.jinja.Stmt.Signature;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Run the statements of a template. */
final class Interpreter {
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private final Scope top;

    Interpreter(Budget budget, Scope top) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
        this.top = top;
    }

    /** Return the place in the source that was reached last. */
    int at() {
        return evaluator.at();
    }

    Text run(List<Stmt> statements) {
        var out = new TextBuilder(budget);
        run(statements, top, out);
        return out.build();
    }

    private Flow run(List<Stmt> statements, Scope scope, TextBuilder out) {
        budget.enter();
        Flow flow = Flow.NEXT;
        Iterator<Stmt> rest = statements.iterator();
        while (flow == Flow.NEXT && rest.hasNext()) {
            flow = run(rest.next(), scope, out);
        }
        budget.leave();
        return flow;
    }

    private Flow run(Stmt statement, Scope scope, TextBuilder out) {
        budget.step();
        switch (statement) {
            case Stmt.Data data -> out.append(data.text());
            case Stmt.Print print -> out.append(Printer.str(budget, evaluator.evaluate(print.value(), scope)));
            case Stmt.If condition -> {
                return run(chosen(condition, scope), scope, out);
            }
            case Stmt.For loop -> {
                return loop(loop, scope, out);
            }
            case Stmt.Set set -> assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
            case Stmt.SetBlock set -> {
                return setBlock(set, scope);
            }
            case Stmt.Macro macro -> scope.set(macro.signature().name(), macro(macro.signature(), macro.body(), scope));
            case Stmt.CallBlock block -> {
                Function caller = macro(block.signature(), block.body(), scope);
                out.append(Printer.str(budget, evaluator.call(block.call(), scope, Optional.of(caller))));
            }
            case Stmt.FilterBlock block -> {
                Scope inner = scope.inner();
                var body = new TextBuilder(budget);
                Flow flow = run(block.body(), inner, body);
                if (flow != Flow.NEXT) {
                    return flow;
                }
                out.append(Printer.str(budget, evaluator.filterBlock(block.filter(), body.build(), inner)));
            }
            case Stmt.Scoped scoped -> run(scoped.body(), scope.inner(), out);
            case Stmt.With with -> {
                return with(with, scope, out);
            }
            case Stmt.Block block -> run(block.body(), top.inner(), out);
            case Stmt.Break _ -> {
                return Flow.BREAK;
            }
            case Stmt.Continue _ -> {
                return Flow.CONTINUE;
            }
            case Stmt.Elsewhere elsewhere -> {
                evaluator.at(elsewhere.at());
                throw new Fault("'" + elsewhere.statement() + "' needs another template, and there is none");
            }
        }
        return Flow.NEXT;
    }

    private List<Stmt> chosen(Stmt.If condition, Scope scope) {
        for (Branch branch : condition.branches()) {
            if (evaluator.isTrue(branch.test(), scope)) {
                return branch.body();
            }
        }
        return condition.otherwise();
    }

    private Flow setBlock(Stmt.SetBlock set, Scope scope) {
        Scope inner = scope.inner();
        var body = new TextBuilder(budget);
        Flow flow = run(set.body(), inner, body);
        if (flow == Flow.NEXT) {
            Value text = body.build();
            assign(
                    set.target(),
                    set.filter().isPresent()
                            ? evaluator.filterBlock(set.filter().get(), text, inner)
                            : text,
                    scope);
        }
        return flow;
    }

    private Flow with(Stmt.With with, Scope scope, TextBuilder out) {
        List<Value> values = evaluator.all(with.values(), scope);
        Scope inner = scope.inner();
        for (int i = 0; i < values.size(); i++) {
            assign(with.targets().get(i), values.get(i), inner);
        }
        return run(with.body(), inner, out);
    }

    private void assign(Expr target, Value value, Scope scope) {
        switch (target) {
            case Expr.Name name -> scope.set(name.name(), value);
            case Expr.NamespaceTarget attribute -> {
                evaluator.at(attribute.at());
                if (!(scope.find(attribute.name()) instanceof Namespace namespace)) {
                    throw new Fault("cannot assign attribute on non-namespace object");
                }
                budget.items(4);
                namespace.set(attribute.attribute(), value);
            }
            case Expr.TupleOf tuple -> unpack(tuple, value, scope);
            default -> throw new Fault("cannot assign to that");
        }
    }

    private void unpack(Expr.TupleOf targets, Value value, Scope scope) {
        evaluator.at(targets.at());
        if (value instanceof Undefined && targets.items().isEmpty()) {
            return;
        }
        Iterator<Value> values = Iteration.iterator(budget, value, "cannot unpack non-iterable %s object");
        int expected = targets.items().size();
        for (int i = 0; i < expected; i++) {
            if (!values.hasNext()) {
                throw new Fault("not enough values to unpack (expected " + expected + ", got " + i + ")");
            }
            assign(targets.items().get(i), values.next(), scope);
        }
        if (values.hasNext()) {
            throw new Fault("too many values to unpack (expected " + expected + ")");
        }
    }

    private Flow loop(Stmt.For loop, Scope scope, TextBuilder out) {
        Value items = evaluator.evaluate(loop.items(), scope);
        evaluator.at(loop.at());
        return loop(loop, items, 0, scope, out);
    }

    private Flow loop(Stmt.For loop, Value items, int depth, Scope scope, TextBuilder out) {
        budget.enter();
        Optional<Function.Body> recursion =
                loop.recursive() ? Optional.of(arguments -> again(loop, arguments, depth, scope)) : Optional.empty();
        Iterator<Value> iterator = Iteration.iterator(budget, items);
        if (loop.test().isPresent()) {
            Expr test = loop.test().get();
            iterator = Iteration.filter(budget, iterator, item -> {
                Scope inner = scope.inner();
                assign(loop.target(), item, inner);
                return evaluator.isTrue(test, inner);
            });
        }
        int length = loop.test().isPresent() ? -1 : Iteration.knownLength(items);
        var state = new Loop(budget, iterator, length, depth, recursion);
        boolean any = false;
        for (@Nullable Value item = state.next(); item != null; item = state.next()) {
            any = true;
            Scope inner = scope.inner();
            inner.set("loop", state);
            assign(loop.target(), item, inner);
            if (run(loop.body(), inner, out) == Flow.BREAK) {
                break;
            }
        }
        Flow flow = any ? Flow.NEXT : run(loop.otherwise(), scope.inner(), out);
        budget.leave();
        return flow;
    }

    private Value again(Stmt.For loop, Arguments arguments, int depth, Scope scope) {
        Value items = arguments.positional("loop", 1, 1).getFirst();
        var out = new TextBuilder(budget);
        loop(loop, items, depth + 1, scope, out);
        return out.build();
    }

    private Function macro(Signature signature, List<Stmt> body, Scope scope) {
        return new Function(signature.name(), arguments -> {
            budget.enter();
            int place = evaluator.at();
            Scope inner = scope.inner();
            bind(signature, arguments, inner);
            var out = new TextBuilder(budget);
            run(body, inner, out);
            evaluator.at(place);
            budget.leave();
            return out.build();
        });
    }

    private void bind(Signature signature, Arguments arguments, Scope scope) {
        List<String> parameters = signature.parameters();
        List<Value> values = arguments.values();
        budget.steps(parameters.size());
        String macro = "macro '" + signature.name() + "'";
        var named = new java.util.LinkedHashMap<>(arguments.named());
        for (int i = 0; i < parameters.size(); i++) {
            String name = parameters.get(i);
            Value given = i < values.size() ? values.get(i) : named.remove(name);
            int ofDefault = i - parameters.size() + signature.defaults().size();
            if (given == null && ofDefault >= 0) {
                given = evaluator.evaluate(signature.defaults().get(ofDefault), scope);
            }
            scope.set(name, given == null ? new Undefined("parameter '" + name + "' was not provided") : given);
        }
        if (signature.caller() && !parameters.contains("caller")) {
            Value caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        if (signature.kwargs()) {
            var rest = new Dict.Builder(budget);
            named.forEach((name, value) -> rest.put(Text.trusted(name), value));
            scope.set("kwargs", rest.build());
        } else if (!named.isEmpty()) {
            throw new Fault(
                    macro + " takes no keyword argument '" + named.firstEntry().getKey() + "'");
        }
        if (signature.varargs()) {
            List<Value> rest = values.subList(Math.min(parameters.size(), values.size()), values.size());
            scope.set("varargs", Tuple.of(budget, rest));
        } else if (values.size() > parameters.size()) {
            throw new Fault(macro + " takes not more than " + parameters.size() + " argument(s)");
        }
    }
}
