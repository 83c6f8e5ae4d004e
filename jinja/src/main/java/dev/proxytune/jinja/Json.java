package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;

/** Write values as Python's {@code json.dumps} does. */
final class Json {
    private final Budget budget;
    private final TextBuilder out;
    private final boolean ascii;
    private final boolean sorted;
    private final Layout layout;

    /**
     * How items are set apart.
     *
     * @param indent what each level is indented by, if {@code lines}
     */
    private record Layout(boolean lines, Text indent, Text item, Text key) {}

    private Json(Budget budget, boolean ascii, boolean sorted, Layout layout) {
        this.budget = budget;
        this.out = new TextBuilder(budget);
        this.ascii = ascii;
        this.sorted = sorted;
        this.layout = layout;
    }

    /** Apply the filter {@code tojson} with the parameters that transformers gives it. */
    static Value filter(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        Value indent = bound.get(1, Value.None.NONE);
        boolean lines = indent != Value.None.NONE;
        Text indentText = Text.EMPTY;
        if (indent instanceof Text text) {
            indentText = text;
        } else if (lines) {
            int width = Math.max(0, Numbers.index(indent));
            budget.text(width);
            indentText = Text.trusted(" ".repeat(width));
        }
        Text item = Text.trusted(lines ? "," : ", ");
        Text key = Text.trusted(": ");
        Value separators = bound.get(2, Value.None.NONE);
        if (separators != Value.None.NONE) {
            List<Value> both = Iteration.list(budget, separators);
            if (both.size() != 2 || !(both.get(0) instanceof Text one) || !(both.get(1) instanceof Text two)) {
                throw new Fault("tojson takes two texts as separators, got: " + Printer.brief(separators));
            }
            item = one;
            key = two;
        }
        var json = new Json(
                budget, bound.truth(0, false), bound.truth(3, false), new Layout(lines, indentText, item, key));
        json.write(value, value.isInput(), 0);
        return json.out.build();
    }

    private void write(Value value, boolean input, int level) {
        budget.enter();
        switch (value) {
            case Value.None _ -> out.append("null", input);
            case Value.Bool bool -> out.append(bool == Value.Bool.TRUE ? "true" : "false", input);
            case Value.Int number -> out.append(Numbers.text(budget, number.value()), number.isInput());
            case Value.Real number -> out.append(real(number.value()), number.isInput());
            case Text text -> string(text);
            case ListValue list -> array(list.items(), input, level);
            case Tuple tuple -> array(tuple.items(), input, level);
            case Dict dict -> object(dict, input, level);
            default -> throw new Fault("Object of type " + value.type() + " is not JSON serializable");
        }
        budget.leave();
    }

    private static String real(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        return Double.isInfinite(value) ? value > 0 ? "Infinity" : "-Infinity" : Numbers.text(value);
    }

    private void line(int level, boolean input) {
        if (layout.lines()) {
            out.append("\n", input);
            for (int i = 0; i < level; i++) {
                separator(layout.indent(), input);
            }
        }
    }

    private void separator(Text text, boolean input) {
        out.append(text.string(), input || text.isInput());
    }

    private void array(List<Value> items, boolean input, int level) {
        out.append("[", input);
        Iterator<Value> iterator = items.iterator();
        while (iterator.hasNext()) {
            line(level + 1, input);
            write(iterator.next(), input, level + 1);
            if (iterator.hasNext()) {
                separator(layout.item(), input);
            }
        }
        if (!items.isEmpty()) {
            line(level, input);
        }
        out.append("]", input);
    }

    private void object(Dict dict, boolean input, int level) {
        out.append("{", input);
        List<Dict.Entry> entries = new ArrayList<>(dict.entries());
        if (sorted) {
            entries = Sorting.sorted(budget, entries, Dict.Entry::key, false);
        }
        Iterator<Dict.Entry> iterator = entries.iterator();
        while (iterator.hasNext()) {
            Dict.Entry entry = iterator.next();
            line(level + 1, input);
            key(entry.key(), input);
            separator(layout.key(), input);
            write(entry.value(), input, level + 1);
            if (iterator.hasNext()) {
                separator(layout.item(), input);
            }
        }
        if (!entries.isEmpty()) {
            line(level, input);
        }
        out.append("}", input);
    }

    private void key(Value key, boolean input) {
        switch (key) {
            case Text text -> string(text);
            case Value.Int _, Value.Real _, Value.Bool _, Value.None _ -> {
                out.append("\"", input);
                write(key, input, 0);
                out.append("\"", input);
            }
            default -> throw new Fault("keys must be str, int, float, bool or None, not " + key.type());
        }
    }

    private void string(Text text) {
        String string = text.string();
        boolean input = text.isInput();
        out.append("\"", input);
        int done = 0;
        for (int i = 0; i < string.length(); i++) {
            String escaped = escaped(string.charAt(i));
            if (!escaped.isEmpty()) {
                out.append(text, done, i).append(escaped, text.isInputAt(i));
                done = i + 1;
            }
        }
        out.append(text, done, string.length()).append("\"", input);
    }

    private String escaped(char c) {
        return switch (c) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\f' -> "\\f";
            case '\b' -> "\\b";
            default -> c < ' ' || (ascii && c > '~') ? "\\u" + HexFormat.of().toHexDigits(c) : "";
        };
    }
}
