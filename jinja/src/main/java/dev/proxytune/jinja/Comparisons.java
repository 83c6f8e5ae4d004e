package dev.proxytune.jinja;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compare values as Python does. */
final class Comparisons {
    private Comparisons() {}

    static boolean isTrue(Value value) {
        return switch (value) {
            case Value.None _, Undefined _ -> false;
            case Value.Bool bool -> bool == Value.Bool.TRUE;
            case Value.Int number -> number.value().signum() != 0;
            case Value.Real number -> number.value() != 0;
            case Text text -> !text.isEmpty();
            case ListValue list -> !list.items().isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Dict dict -> dict.size() > 0;
            case DictView view -> view.dict().size() > 0;
            case Value.Range range -> range.size() > 0;
            case Loop loop -> loop.length() > 0;
            case Lazy _, Function _, Namespace _, Cycler _ -> true;
        };
    }

    @SuppressWarnings("ReferenceEquality") // what is the same is equal, as in Python
    static boolean equal(Budget budget, Value left, Value right) {
        budget.step();
        if (left == right) {
            return !(left instanceof Value.Real real && Double.isNaN(real.value()));
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return compareNumbers(budget, left, right) == 0;
        }
        return switch (left) {
            case Text text -> {
                budget.scan(text.string().length());
                yield text.equals(right);
            }
            case ListValue list -> right instanceof ListValue other && equal(budget, list.items(), other.items());
            case Tuple tuple -> right instanceof Tuple other && equal(budget, tuple.items(), other.items());
            case Dict dict -> right instanceof Dict other && equal(budget, dict, other);
            case Value.Range range -> right instanceof Value.Range other && equal(range, other);
            case Undefined _ -> right instanceof Undefined;
            default -> false;
        };
    }

    @SuppressWarnings("ReferenceEquality") // what is the same is equal, as in Python
    private static boolean equal(Budget budget, List<Value> left, List<Value> right) {
        if (left.size() != right.size()) {
            return false;
        }
        budget.steps(left.size() / 8);
        for (int i = 0; i < left.size(); i++) {
            if (left.get(i) != right.get(i) && !equal(budget, left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean equal(Budget budget, Dict left, Dict right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Dict.Entry entry : left.entries()) {
            Value other = right.get(budget, entry.key());
            if (other == null || !equal(budget, entry.value(), other)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equal(Value.Range left, Value.Range right) {
        return left.size() == right.size()
                && (left.size() == 0 || left.start().equals(right.start()))
                && (left.size() < 2 || left.step().equals(right.step()));
    }

    /** Return the order of two numbers, or 2 if one is not a number at all. */
    private static int compareNumbers(Budget budget, Value left, Value right) {
        if (left instanceof Value.Real || right instanceof Value.Real) {
            double one = approximate(left);
            double two = approximate(right);
            if (Double.isNaN(one) || Double.isNaN(two)) {
                return 2;
            }
            if (Double.isInfinite(one) || Double.isInfinite(two)) {
                return Double.compare(one, two);
            }
            budget.number(bits(left) + bits(right));
            return exact(left).compareTo(exact(right));
        }
        budget.steps((bits(left) + bits(right)) / 1024);
        return Numbers.whole(left).orElseThrow().compareTo(Numbers.whole(right).orElseThrow());
    }

    private static long bits(Value value) {
        return value instanceof Value.Int number ? number.value().bitLength() : 1;
    }

    /** Return a floating-point number as it is, and any whole one as something finite. */
    private static double approximate(Value value) {
        return value instanceof Value.Real real ? real.value() : 0;
    }

    private static BigDecimal exact(Value value) {
        return value instanceof Value.Real real
                ? new BigDecimal(real.value())
                : new BigDecimal(Numbers.whole(value).orElseThrow());
    }

    /** Tell whether an order holds: {@code <}, {@code <=}, {@code >} or {@code >=}. */
    static boolean ordered(Budget budget, String operator, Value left, Value right) {
        if (left instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.fault();
        }
        int order = compare(budget, operator, left, right);
        if (order == 2) {
            return false;
        }
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    /** Return the order of two values, 2 if they have none, and refuse types that cannot be compared. */
    static int compare(Budget budget, String operator, Value left, Value right) {
        budget.step();
        if (left instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return compareNumbers(budget, left, right);
        }
        if (left instanceof Text one && right instanceof Text two) {
            budget.scan(Math.min(one.string().length(), two.string().length()));
            return Integer.signum(compare(one.string(), two.string()));
        }
        List<Value> one = left instanceof ListValue list ? list.items() : left instanceof Tuple t ? t.items() : null;
        List<Value> two = right instanceof ListValue list ? list.items() : right instanceof Tuple t ? t.items() : null;
        if (one == null || two == null || left.getClass() != right.getClass()) {
            throw new Fault("'" + operator + "' not supported between instances of '" + left.type() + "' and '"
                    + right.type() + "'");
        }
        for (int i = 0; i < Math.min(one.size(), two.size()); i++) {
            if (!equal(budget, one.get(i), two.get(i))) {
                return compare(budget, operator, one.get(i), two.get(i));
            }
        }
        return Integer.compare(one.size(), two.size());
    }

    /** Compare by code points. */
    private static int compare(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char one = left.charAt(i);
            char two = right.charAt(i);
            if (one != two) {
                // Surrogates stand for code points above all other characters.
                boolean high = Character.isSurrogate(one);
                return high == Character.isSurrogate(two) ? Character.compare(one, two) : high ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    /** Tell whether a value is in another: a part of a text, an item, a key. */
    @SuppressWarnings("ReferenceEquality") // what is the same is equal, as in Python
    static boolean contains(Budget budget, Value container, Value item) {
        return switch (container) {
            case Text text -> {
                if (!(item instanceof Text part)) {
                    if (item instanceof Undefined undefined) {
                        throw undefined.fault();
                    }
                    throw new Fault("'in <string>' requires string as left operand, not " + item.type());
                }
                yield Search.first(budget, part.string())
                                .in(text.string(), 0, text.string().length())
                        >= 0;
            }
            case Dict dict -> dict.get(budget, item) != null;
            case DictView view
            when view.part() == DictView.Part.KEYS -> view.dict().get(budget, item) != null;
            default -> {
                Iterator<Value> items = Iteration.iterator(budget, container, "argument of type '%s' is not iterable");
                @Nullable Value found = null;
                while (found == null && items.hasNext()) {
                    Value next = items.next();
                    found = next == item || equal(budget, next, item) ? next : null;
                }
                yield found != null;
            }
        };
    }
}
