package dev.proxytune.jinja;

import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;

/** Write values as Python's {@code str} and {@code repr} do. */
final class Printer {
    private static final int BRIEF = 60;

    private final Budget budget;
    private final TextBuilder out;

    private Printer(Budget budget) {
        this.budget = budget;
        this.out = new TextBuilder(budget);
    }

    /** Return the text that a value prints as. */
    static Text str(Budget budget, Value value) {
        return switch (value) {
            case Text text -> text;
            case Undefined _ -> Text.EMPTY;
            default -> repr(budget, value);
        };
    }

    /** Return the text that a value shows as inside a list. */
    static Text repr(Budget budget, Value value) {
        var printer = new Printer(budget);
        printer.write(value, value.isInput());
        return printer.out.build();
    }

    /** Return a few characters of a value, for messages. */
    static String brief(Value value) {
        String text = repr(new Budget(Limits.DEFAULT), value).string();
        return text.length() > BRIEF ? text.substring(0, BRIEF) + "…" : text;
    }

    private void write(Value value, boolean input) {
        budget.enter();
        switch (value) {
            case Value.None _ -> out.append("None", input);
            case Value.Bool bool -> out.append(bool == Value.Bool.TRUE ? "True" : "False", input);
            case Value.Int number -> out.append(Numbers.text(budget, number.value()), number.isInput());
            case Value.Real number -> out.append(Numbers.text(number.value()), number.isInput());
            case Text text -> quoted(text);
            case ListValue list -> {
                out.append("[", input);
                items(list.items().iterator(), input);
                out.append("]", input);
            }
            case Tuple tuple -> tuple(tuple.items(), input);
            case Dict dict -> dict(dict, input);
            case DictView view -> {
                out.append(view.type() + "([", input);
                items(view.iterator(budget), input);
                out.append("])", input);
            }
            case Value.Range range ->
                out.append(
                        "range(" + range.start() + ", " + range.stop()
                                + (range.step().intValue() == 1 ? "" : ", " + range.step()) + ")",
                        input);
            case Undefined _ -> out.append("Undefined", input);
            case Namespace namespace -> namespace(namespace);
            case Loop loop -> out.append("<LoopContext " + loop.index() + "/" + loop.length() + ">", input);
            case Lazy _, Function _, Cycler _ -> out.append("<" + value.type() + " object>", input);
        }
        budget.leave();
    }

    private void items(Iterator<Value> items, boolean input) {
        boolean first = true;
        while (items.hasNext()) {
            if (!first) {
                out.append(", ", input);
            }
            first = false;
            write(items.next(), input);
        }
    }

    private void tuple(List<Value> items, boolean input) {
        out.append("(", input);
        items(items.iterator(), input);
        out.append(items.size() == 1 ? ",)" : ")", input);
    }

    private void dict(Dict dict, boolean input) {
        out.append("{", input);
        boolean first = true;
        for (Dict.Entry entry : dict.entries()) {
            if (!first) {
                out.append(", ", input);
            }
            first = false;
            write(entry.key(), input);
            out.append(": ", input);
            write(entry.value(), input);
        }
        out.append("}", input);
    }

    private void namespace(Namespace namespace) {
        out.append("<Namespace {", false);
        boolean first = true;
        for (var attribute : namespace.attributes().entrySet()) {
            if (!first) {
                out.append(", ", false);
            }
            first = false;
            quoted(Text.trusted(attribute.getKey()));
            out.append(": ", false);
            write(attribute.getValue(), attribute.getValue().isInput());
        }
        out.append("}>", false);
    }

    private void quoted(Text text) {
        String string = text.string();
        char quote = string.indexOf('\'') >= 0 && string.indexOf('"') < 0 ? '"' : '\'';
        boolean input = text.isInput();
        out.append(text.isMarkup() ? "Markup(" : "", input).append(quote, input);
        int done = 0;
        int i = 0;
        while (i < string.length()) {
            int c = string.codePointAt(i);
            String escaped = escaped(c, quote);
            int next = i + Character.charCount(c);
            if (!escaped.isEmpty()) {
                out.append(text, done, i).append(escaped, text.isInputAt(i));
                done = next;
            }
            i = next;
        }
        out.append(text, done, string.length()).append(quote, input).append(text.isMarkup() ? ")" : "", input);
    }

    private static String escaped(int c, char quote) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\\' -> "\\\\";
            default -> {
                if (c == quote) {
                    yield "\\" + quote;
                }
                if ((c >= ' ' && c < 0x7f) || (c > 0xa0 && isPrintable(c))) {
                    yield "";
                }
                yield c < 0x100
                        ? "\\x" + HexFormat.of().toHexDigits((byte) c)
                        : c < 0x10000
                                ? "\\u" + HexFormat.of().toHexDigits((char) c)
                                : "\\U" + HexFormat.of().toHexDigits(c);
            }
        };
    }

    private static boolean isPrintable(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }
}
