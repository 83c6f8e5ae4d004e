package dev.proxytune.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Find attributes, items and slices of values. */
final class Members {
    private static final Set<String> LIST_CHANGES =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> DICT_CHANGES = Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Members() {}

    /** Return {@code target.name}: a method, or else an item. */
    static Value attribute(Budget budget, Value target, String name) {
        if (target instanceof Undefined undefined) {
            throw undefined.fault();
        }
        budget.scan(name.length());
        Value attribute = own(budget, target, name);
        if (attribute != null) {
            return attribute;
        }
        Value item = target instanceof Dict dict ? dict.get(name) : null;
        if (item != null) {
            return item;
        }
        if (name.startsWith("__") && name.endsWith("__")) {
            return unsafe(target, name);
        }
        return Undefined.member(target, Text.trusted(name));
    }

    /** Return a method or the like, but no item. */
    static Value ownOrUndefined(Budget budget, Value target, String name) {
        if (target instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Value attribute = own(budget, target, name);
        return attribute == null ? Undefined.member(target, Text.trusted(name)) : attribute;
    }

    /** Return {@code target[key]}: an item, or else a method. */
    static Value item(Budget budget, Value target, Value key) {
        if (target instanceof Undefined undefined) {
            throw undefined.fault();
        }
        Value item = itemOrNull(budget, target, key);
        if (item != null) {
            return item;
        }
        if (key instanceof Text name) {
            Value attribute = own(budget, target, name.string());
            if (attribute != null) {
                return attribute;
            }
        }
        return Undefined.member(target, key);
    }

    private static Undefined unsafe(Value target, String name) {
        return new Undefined("access to attribute '" + name + "' of '" + target.type() + "' object is unsafe.");
    }

    private static @Nullable Value itemOrNull(Budget budget, Value target, Value key) {
        if (target instanceof Dict dict) {
            return Dict.isHashable(key) ? dict.get(budget, key) : null;
        }
        Optional<BigInteger> whole = Numbers.whole(key);
        int length = switch (target) {
            case Text text -> text.length();
            case ListValue list -> list.items().size();
            case Tuple tuple -> tuple.items().size();
            case Value.Range range -> range.size();
            default -> -1;
        };
        if (whole.isEmpty() || length < 0) {
            return null;
        }
        int index = Numbers.index(key);
        int at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return null;
        }
        return switch (target) {
            case Text text -> character(budget, text, at);
            case ListValue list -> list.items().get(at);
            case Tuple tuple -> tuple.items().get(at);
            case Value.Range range -> range.get(at);
            default -> null;
        };
    }

    /** Count what it takes to find characters by their numbers. */
    private static void places(Budget budget, Text text) {
        budget.scan(text.length() == text.string().length() ? 0 : text.string().length());
    }

    private static Text character(Budget budget, Text text, int at) {
        places(budget, text);
        int begin = text.offset(at);
        return text.slice(begin, begin + Character.charCount(text.string().codePointAt(begin)));
    }

    /** Return what Python's {@code getattr} would, or null. */
    private static @Nullable Value own(Budget budget, Value target, String name) {
        return switch (target) {
            case Text text -> TextMethods.find(budget, text, name);
            case Dict dict -> DICT_CHANGES.contains(name) ? unsafe(target, name) : dictMethod(budget, dict, name);
            case ListValue list ->
                LIST_CHANGES.contains(name) ? unsafe(target, name) : sequenceMethod(budget, target, list.items(), name);
            case Tuple tuple
            when tuple.isGroup() && name.equals("grouper") -> tuple.items().getFirst();
            case Tuple tuple
            when tuple.isGroup() && name.equals("list") -> tuple.items().getLast();
            case Tuple tuple -> sequenceMethod(budget, target, tuple.items(), name);
            case Value.Range _ -> sequenceMethod(budget, target, Iteration.list(budget, target), name);
            case Namespace namespace -> namespace.attributes().get(name);
            case Loop loop -> loop.attribute(name);
            case Cycler cycler -> cyclerMember(cycler, name);
            case Value.Real real
            when name.equals("is_integer") ->
                function(
                        name,
                        0,
                        0,
                        _ -> Value.Bool.of(real.value() == Math.rint(real.value()) && Double.isFinite(real.value())));
            case Value.Int _, Value.Bool _
            when name.equals("bit_length") ->
                function(
                        name,
                        0,
                        0,
                        _ -> Value.Int.of(
                                Numbers.whole(target).orElseThrow().abs().bitLength()));
            case Function function when name.equals("name") -> Text.trusted(function.name());
            default -> null;
        };
    }

    static Function function(String name, int least, int most, java.util.function.Function<List<Value>, Value> body) {
        return new Function(name, arguments -> body.apply(arguments.positional(name, least, most)));
    }

    private static @Nullable Value cyclerMember(Cycler cycler, String name) {
        return switch (name) {
            case "current" -> cycler.current();
            case "next" -> function(name, 0, 0, _ -> cycler.next());
            case "reset" ->
                function(name, 0, 0, _ -> {
                    cycler.reset();
                    return Value.None.NONE;
                });
            default -> null;
        };
    }

    private static @Nullable Value dictMethod(Budget budget, Dict dict, String name) {
        return switch (name) {
            case "items" -> function(name, 0, 0, _ -> new DictView(dict, DictView.Part.ITEMS));
            case "keys" -> function(name, 0, 0, _ -> new DictView(dict, DictView.Part.KEYS));
            case "values" -> function(name, 0, 0, _ -> new DictView(dict, DictView.Part.VALUES));
            case "get" ->
                function(name, 1, 2, arguments -> {
                    Value found = dict.get(budget, arguments.getFirst());
                    return found != null ? found : arguments.size() > 1 ? arguments.get(1) : Value.None.NONE;
                });
            case "copy" -> function(name, 0, 0, _ -> dict);
            default -> null;
        };
    }

    private static @Nullable Value sequenceMethod(Budget budget, Value sequence, List<Value> items, String name) {
        return switch (name) {
            case "index" ->
                function(name, 1, 3, arguments -> {
                    int begin = arguments.size() > 1 ? clamp(Numbers.index(arguments.get(1)), items.size()) : 0;
                    int end =
                            arguments.size() > 2 ? clamp(Numbers.index(arguments.get(2)), items.size()) : items.size();
                    for (int i = begin; i < end; i++) {
                        if (Comparisons.equal(budget, items.get(i), arguments.getFirst())) {
                            return Value.Int.of(i);
                        }
                    }
                    throw new Fault(Printer.brief(arguments.getFirst()) + " is not in " + sequence.type());
                });
            case "count" ->
                function(
                        name,
                        1,
                        1,
                        arguments -> Value.Int.of(items.stream()
                                .filter(item -> Comparisons.equal(budget, item, arguments.getFirst()))
                                .count()));
            case "copy" -> sequence instanceof ListValue ? function(name, 0, 0, _ -> sequence) : null;
            default -> null;
        };
    }

    /** Return a start or end as a place between 0 and the length; negative ones count from the end. */
    static int clamp(int index, int length) {
        return index < 0 ? Math.max(0, index + length) : Math.min(index, length);
    }

    /** Return {@code target[start:stop:step]}. */
    static Value slice(Budget budget, Value target, Value start, Value stop, Value step) {
        if (target instanceof Undefined undefined) {
            throw undefined.fault();
        }
        int length = Iteration.knownLength(target);
        if (!(target instanceof Text
                || target instanceof ListValue
                || target instanceof Tuple
                || target instanceof Value.Range)) {
            throw new Fault(
                    target instanceof Dict
                            ? "unhashable type: 'slice'"
                            : "'" + target.type() + "' object is not subscriptable");
        }
        int stride = step == Value.None.NONE ? 1 : bound(step);
        if (stride == 0) {
            throw new Fault("slice step cannot be zero");
        }
        int first = start == Value.None.NONE ? stride > 0 ? 0 : length - 1 : place(bound(start), length, stride);
        int last = stop == Value.None.NONE ? stride > 0 ? length : -1 : place(bound(stop), length, stride);
        long span = stride > 0 ? (long) last - first : (long) first - last;
        int count = span <= 0 ? 0 : (int) ((span - 1) / Math.abs((long) stride) + 1);
        return switch (target) {
            case Text text -> slice(budget, text, first, stride, count);
            case ListValue list ->
                ListValue.of(budget, pick(budget, list.items(), first, stride, count), list.isInput() && count > 0);
            case Tuple tuple -> Tuple.of(budget, pick(budget, tuple.items(), first, stride, count));
            case Value.Range range ->
                new Value.Range(
                        range.start().add(range.step().multiply(BigInteger.valueOf(first))),
                        range.start().add(range.step().multiply(BigInteger.valueOf(last))),
                        range.step().multiply(BigInteger.valueOf(stride)),
                        count);
            default -> Value.None.NONE;
        };
    }

    private static int bound(Value value) {
        if (Numbers.whole(value).isEmpty()) {
            throw new Fault("slice indices must be integers or None or have an __index__ method");
        }
        return Numbers.index(value);
    }

    private static int place(int index, int length, int stride) {
        int at = index < 0 ? index + length : index;
        return stride > 0 ? Math.clamp(at, 0, length) : Math.clamp(at, -1, length - 1);
    }

    private static Text slice(Budget budget, Text text, int first, int stride, int count) {
        if (count == 0) {
            return Text.EMPTY.withMarkup(text.isMarkup());
        }
        if (stride == 1) {
            places(budget, text);
            int begin = text.offset(first);
            int end = first + count == text.length() ? text.string().length() : text.offset(first + count);
            budget.text(end - begin);
            return text.slice(begin, end);
        }
        int[] offsets = new int[text.length() + 1];
        budget.items(offsets.length);
        int at = 0;
        for (int i = 0; i < text.length(); i++) {
            offsets[i] = at;
            at += Character.charCount(text.string().codePointAt(at));
        }
        offsets[text.length()] = at;
        var builder = new TextBuilder(budget);
        for (int i = 0; i < count; i++) {
            int place = first + i * stride;
            builder.append(text, offsets[place], offsets[place + 1]);
        }
        return builder.build().withMarkup(text.isMarkup());
    }

    private static List<Value> pick(Budget budget, List<Value> items, int first, int stride, int count) {
        budget.items(count);
        List<Value> picked = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            picked.add(items.get(first + i * stride));
        }
        return picked;
    }
}
