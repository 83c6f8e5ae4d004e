package dev.proxytune.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a template is given. Immutable.
 *
 * <p>A variable is either input, such as {@code messages} and {@code tools}, or trusted, such as {@code bos_token}. Text
 * of input stays marked wherever a template puts it; one exception is the role of a message if it is a usual one, since
 * templates make special tokens of it ({@code '<|' + message.role + '|>'}).
 *
 * <p>Values are data: maps with texts as keys, lists, texts, whole and floating-point numbers, truth values, and null.
 */
public final class Variables {
    /** What holds nothing. */
    public static final Variables NONE = new Variables(new LinkedHashMap<>());

    /** What transformers gives a template of chats where there is nothing: {@code tools} and {@code documents} are None. */
    public static final Variables CHAT = NONE.withInput("tools", null).withInput("documents", null);

    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "model", "tool", "function", "ipython");

    private final SequencedMap<String, Given> values;

    private record Given(@Nullable Object value, boolean input) {}

    private Variables(SequencedMap<String, Given> values) {
        this.values = values;
    }

    /** Return these variables with one that is trusted; null is Python's {@code None}. */
    public Variables withTrusted(String name, @Nullable Object value) {
        return with(name, value, false);
    }

    /** Return these variables with one whose texts are input; null is Python's {@code None}. */
    public Variables withInput(String name, @Nullable Object value) {
        return with(name, value, true);
    }

    private Variables with(String name, @Nullable Object value, boolean input) {
        var all = new LinkedHashMap<>(values);
        all.put(name, new Given(value, input));
        return new Variables(all);
    }

    /** Tell whether there is a variable of this name, be it null. */
    public boolean contains(String name) {
        return values.containsKey(name);
    }

    /** Set the variables in a scope. */
    void set(Budget budget, Scope scope) {
        values.forEach((name, given) -> {
            try {
                scope.set(name, value(budget, given.value(), given.input(), false, 0));
            } catch (Fault e) {
                throw new Fault("The variable '" + name + "': " + e.reason());
            }
        });
    }

    private static Value value(Budget budget, @Nullable Object value, boolean input, boolean role, int depth) {
        budget.nesting(depth);
        return switch (value) {
            case null -> Value.None.NONE;
            case String text -> {
                budget.text(text.length());
                yield Text.of(text, input && !(role && ROLES.contains(text)));
            }
            case Boolean bool -> Value.Bool.of(bool);
            case BigInteger number -> new Value.Int(number, input);
            case Integer number -> new Value.Int(BigInteger.valueOf(number), input);
            case Long number -> new Value.Int(BigInteger.valueOf(number), input);
            case Short number -> new Value.Int(BigInteger.valueOf(number), input);
            case Byte number -> new Value.Int(BigInteger.valueOf(number), input);
            case Double number -> new Value.Real(number, input);
            case Float number -> new Value.Real(number, input);
            case BigDecimal number -> new Value.Real(number.doubleValue(), input);
            case List<?> list -> list(budget, list, input, depth);
            case Map<?, ?> map -> dict(budget, map, input, depth);
            default ->
                throw new IllegalArgumentException(
                        "a template takes only data, not a " + value.getClass().getName());
        };
    }

    private static Value list(Budget budget, List<?> list, boolean input, int depth) {
        List<Value> items = new ArrayList<>(list.size());
        for (Object item : list) {
            items.add(value(budget, item, input, false, depth + 1));
        }
        return ListValue.of(budget, items, input);
    }

    private static Value dict(Budget budget, Map<?, ?> map, boolean input, int depth) {
        var dict = new Dict.Builder(budget).input(input);
        map.forEach((key, item) -> {
            if (!(key instanceof String name)) {
                throw new IllegalArgumentException("the keys of a template's data are texts, not " + key);
            }
            budget.text(name.length());
            dict.put(Text.of(name, input), value(budget, item, input, name.equals("role"), depth + 1));
        });
        return dict.build();
    }
}
