package dev.proxytune.jinja;

import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.Real;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Calculate with values as Python does. */
final class Operators {
    /** Whole numbers do not grow beyond this. */
    private static final int MAX_BITS = 1 << 18;

    private Operators() {}

    static Value apply(Budget budget, String operator, Value left, Value right) {
        if (left instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (operator.equals("%") && left instanceof Text format) {
            return PercentFormat.format(budget, format, right);
        }
        if (right instanceof Undefined undefined) {
            throw undefined.fault();
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return left instanceof Real || right instanceof Real
                    ? reals(operator, left, right)
                    : wholes(budget, operator, left, right);
        }
        return switch (operator) {
            case "+" -> add(budget, left, right);
            case "*" -> multiply(budget, left, right);
            default -> throw unsupported(operator, left, right);
        };
    }

    private static Fault unsupported(String operator, Value left, Value right) {
        return new Fault(
                "unsupported operand type(s) for " + operator + ": '" + left.type() + "' and '" + right.type() + "'");
    }

    private static Value reals(String operator, Value left, Value right) {
        double a = Numbers.real(left);
        double b = Numbers.real(right);
        boolean input = left.isInput() || right.isInput();
        if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Fault("float division by zero");
        }
        double result = switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> floorDivide(a, b);
            case "%" -> modulo(a, b);
            default -> power(a, b);
        };
        return new Real(result, input);
    }

    private static double modulo(double a, double b) {
        double rest = a % b;
        if (rest == 0) {
            return Math.copySign(0, b);
        }
        return b < 0 != rest < 0 ? rest + b : rest;
    }

    private static double floorDivide(double a, double b) {
        double rest = a % b;
        double quotient = (a - rest) / b;
        if (rest != 0 && b < 0 != rest < 0) {
            quotient -= 1;
        }
        if (quotient == 0) {
            return Math.copySign(0, a / b);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double power(double a, double b) {
        if (a == 0 && b < 0) {
            throw new Fault("0.0 cannot be raised to a negative power");
        }
        if (a == 1 || b == 0) {
            return 1;
        }
        double result = a == -1 && Double.isInfinite(b) ? 1 : Math.pow(a, b);
        if (Double.isNaN(result) && !Double.isNaN(a) && !Double.isNaN(b)) {
            throw new Fault("a negative number cannot be raised to a fractional power");
        }
        if (Double.isInfinite(result) && Double.isFinite(a) && Double.isFinite(b)) {
            throw new Fault("the result of ** is too large");
        }
        return result;
    }

    private static Value wholes(Budget budget, String operator, Value left, Value right) {
        BigInteger a = Numbers.whole(left).orElseThrow();
        BigInteger b = Numbers.whole(right).orElseThrow();
        boolean input = left.isInput() || right.isInput();
        budget.scan((long) a.bitLength() + b.bitLength());
        if (operator.equals("**") && b.signum() < 0) {
            if (a.signum() == 0) {
                throw new Fault("0.0 cannot be raised to a negative power");
            }
            return new Real(Math.pow(Numbers.real(left), Numbers.real(right)), input);
        }
        if (b.signum() == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw new Fault(operator.equals("/") ? "division by zero" : "integer division or modulo by zero");
        }
        if (operator.equals("/") || operator.equals("//") || operator.equals("%")) {
            budget.number(Math.max(a.bitLength(), b.bitLength()));
        }
        return switch (operator) {
            case "+" -> number(a.add(b), input);
            case "-" -> number(a.subtract(b), input);
            case "*" -> {
                bits(budget, (long) a.bitLength() + b.bitLength());
                yield number(a.multiply(b), input);
            }
            case "/" -> new Real(divide(a, b), input);
            case "//" -> number(floorDivide(a, b), input);
            case "%" -> number(a.subtract(b.multiply(floorDivide(a, b))), input);
            default -> number(power(budget, a, b), input);
        };
    }

    private static Value number(BigInteger value, boolean input) {
        return new Int(value, input);
    }

    private static void bits(Budget budget, long bits) {
        if (bits > MAX_BITS) {
            throw new Fault("The template was stopped at a whole number of more than " + MAX_BITS + " bits");
        }
        budget.number(bits);
    }

    private static double divide(BigInteger a, BigInteger b) {
        double quotient = a.bitLength() <= 53 && b.bitLength() <= 53
                ? a.doubleValue() / b.doubleValue()
                : new BigDecimal(a)
                        .divide(new BigDecimal(b), new MathContext(60))
                        .doubleValue();
        if (Double.isInfinite(quotient)) {
            throw new Fault("integer division result too large for a float");
        }
        return a.signum() == 0 ? 0.0 : quotient;
    }

    private static BigInteger floorDivide(BigInteger a, BigInteger b) {
        BigInteger[] both = a.divideAndRemainder(b);
        return both[1].signum() != 0 && both[1].signum() != b.signum() ? both[0].subtract(BigInteger.ONE) : both[0];
    }

    private static BigInteger power(Budget budget, BigInteger a, BigInteger b) {
        if (a.abs().bitLength() <= 1) {
            return (a.signum() < 0 && !b.testBit(0)) || b.signum() == 0 ? BigInteger.ONE : a;
        }
        bits(budget, b.bitLength() > 31 ? Long.MAX_VALUE : (long) a.bitLength() * b.intValue());
        return a.pow(b.intValue());
    }

    private static Value add(Budget budget, Value left, Value right) {
        if (left instanceof Text one && right instanceof Text two) {
            return join(budget, one, two);
        }
        if (left instanceof ListValue one && right instanceof ListValue two) {
            return ListValue.of(
                    budget, concatenated(budget, one.items(), two.items()), left.isInput() || right.isInput());
        }
        if (left instanceof Tuple one && right instanceof Tuple two) {
            return Tuple.of(budget, concatenated(budget, one.items(), two.items()));
        }
        if (left instanceof Text || left instanceof ListValue || left instanceof Tuple) {
            String type = left instanceof Text ? "str" : left.type();
            throw new Fault("can only concatenate " + type + " (not \"" + right.type() + "\") to " + type);
        }
        throw unsupported("+", left, right);
    }

    private static List<Value> concatenated(Budget budget, List<Value> one, List<Value> two) {
        budget.items((long) one.size() + two.size());
        List<Value> items = new ArrayList<>(one.size() + two.size());
        items.addAll(one);
        items.addAll(two);
        return items;
    }

    /** Join two texts; if one is safe for HTML, the other is escaped. */
    static Text join(Budget budget, Text one, Text two) {
        boolean markup = one.isMarkup() || two.isMarkup();
        return new TextBuilder(budget)
                .append(markup ? Html.escape(budget, one) : one)
                .append(markup ? Html.escape(budget, two) : two)
                .build()
                .withMarkup(markup);
    }

    private static Value multiply(Budget budget, Value left, Value right) {
        boolean swapped = Numbers.isNumber(left);
        Value sequence = swapped ? right : left;
        Value times = swapped ? left : right;
        boolean fits = sequence instanceof Text || sequence instanceof ListValue || sequence instanceof Tuple;
        if (fits && !(times instanceof Int || times instanceof Value.Bool)) {
            throw new Fault("can't multiply sequence by non-int of type '" + times.type() + "'");
        }
        int count = fits ? Math.max(0, Numbers.index(times)) : 0;
        return switch (sequence) {
            case Text text -> repeated(budget, text, count);
            case ListValue list -> ListValue.of(budget, repeated(budget, list.items(), count), list.isInput());
            case Tuple tuple -> Tuple.of(budget, repeated(budget, tuple.items(), count));
            default -> throw unsupported("*", left, right);
        };
    }

    private static Text repeated(Budget budget, Text text, int count) {
        budget.text((long) text.string().length() * count);
        if (text.changes().length == 0 || (text.changes().length == 1 && text.isInputAt(0))) {
            return Text.of(text.string().repeat(count), text.isInput()).withMarkup(text.isMarkup());
        }
        var builder = new TextBuilder(budget);
        for (int i = 0; i < count && !text.isEmpty(); i++) {
            builder.append(text);
        }
        return builder.build().withMarkup(text.isMarkup());
    }

    private static List<Value> repeated(Budget budget, List<Value> items, int count) {
        budget.items((long) items.size() * count);
        List<Value> all = new ArrayList<>(items.size() * count);
        for (int i = 0; i < count && !items.isEmpty(); i++) {
            all.addAll(items);
        }
        return all;
    }

    static Value sign(boolean negative, Value operand) {
        return switch (operand) {
            case Real number -> negative ? new Real(-number.value(), number.isInput()) : number;
            case Int number -> negative ? new Int(number.value().negate(), number.isInput()) : number;
            case Value.Bool bool -> Int.of((negative ? -1L : 1L) * (bool == Value.Bool.TRUE ? 1 : 0));
            case Undefined undefined -> throw undefined.fault();
            default ->
                throw new Fault("bad operand type for unary " + (negative ? "-" : "+") + ": '" + operand.type() + "'");
        };
    }
}
