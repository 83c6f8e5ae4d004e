package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.List;

/** Follow the attribute that a filter was given, such as {@code "function.name"}, from an item. */
final class Paths {
    private final Budget budget;
    private final List<Value> parts;
    private final Value otherwise;

    private Paths(Budget budget, List<Value> parts, Value otherwise) {
        this.budget = budget;
        this.parts = parts;
        this.otherwise = otherwise;
    }

    /** Return the path of an attribute; none leads to the item itself. */
    static Paths of(Budget budget, Value attribute) {
        return new Paths(budget, parts(budget, attribute), Value.None.NONE);
    }

    private static List<Value> parts(Budget budget, Value attribute) {
        if (attribute == Value.None.NONE) {
            return List.of();
        }
        if (!(attribute instanceof Text text)) {
            return List.of(attribute);
        }
        List<Value> parts = new ArrayList<>();
        for (Text part : Splitting.split(budget, text, ".", Integer.MAX_VALUE)) {
            String string = part.string();
            boolean whole = !string.isEmpty() && FormatSpec.digits(string, 0) == string.length();
            parts.add(whole ? Value.Int.of(FormatSpec.number(string, 0, string.length())) : part);
        }
        return parts;
    }

    /** Return the paths of attributes with commas between them. */
    static List<Paths> several(Budget budget, Value attributes) {
        if (!(attributes instanceof Text text)) {
            return List.of(of(budget, attributes));
        }
        List<Paths> paths = new ArrayList<>();
        for (Text attribute : Splitting.split(budget, text, ",", Integer.MAX_VALUE)) {
            paths.add(of(budget, attribute));
        }
        return paths;
    }

    /** Return a path that ends at a value where there is nothing. */
    Paths withDefault(Value value) {
        return new Paths(budget, parts, value);
    }

    Value get(Value item) {
        Value at = item;
        for (Value part : parts) {
            at = Members.item(budget, at, part);
            if (at instanceof Undefined && otherwise != Value.None.NONE) {
                at = otherwise;
            }
        }
        return at;
    }
}
