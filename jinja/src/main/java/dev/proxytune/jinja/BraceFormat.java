package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Fill texts in the manner of {@code "{}: {value:5.2f}".format(name, value=1)}. */
final class BraceFormat {
    private static final int MAX_NESTING = 2;

    private final Budget budget;
    private final Arguments arguments;
    private int next;
    private boolean numbered;

    private BraceFormat(Budget budget, Arguments arguments) {
        this.budget = budget;
        this.arguments = arguments;
    }

    static Text format(Budget budget, Text format, Arguments arguments) {
        return new BraceFormat(budget, arguments).run(format, MAX_NESTING).withMarkup(format.isMarkup());
    }

    private Text run(Text format, int nesting) {
        if (nesting == 0) {
            throw new Fault("Max string recursion exceeded");
        }
        String string = format.string();
        budget.scan(string.length());
        var out = new TextBuilder(budget);
        int at = 0;
        while (at < string.length()) {
            char c = string.charAt(at);
            if (c != '{' && c != '}') {
                int end = at;
                while (end < string.length() && string.charAt(end) != '{' && string.charAt(end) != '}') {
                    end++;
                }
                out.append(format, at, end);
                at = end;
            } else if (at + 1 < string.length() && string.charAt(at + 1) == c) {
                out.append(format, at, at + 1);
                at += 2;
            } else if (c == '}') {
                throw new Fault("Single '}' encountered in format string");
            } else {
                int end = end(string, at);
                Text field = field(format.slice(at + 1, end), nesting);
                out.append(format.isMarkup() ? Html.escape(budget, field) : field);
                at = end + 1;
            }
        }
        return out.build();
    }

    private static int end(String string, int open) {
        int depth = 0;
        for (int i = open; i < string.length(); i++) {
            depth += string.charAt(i) == '{' ? 1 : string.charAt(i) == '}' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new Fault(
                open + 1 == string.length()
                        ? "Single '{' encountered in format string"
                        : "expected '}' before end of string");
    }

    private Text field(Text field, int nesting) {
        String string = field.string();
        int name = 0;
        int bracket = 0;
        while (name < string.length() && (bracket > 0 || ":!".indexOf(string.charAt(name)) < 0)) {
            bracket += string.charAt(name) == '[' ? 1 : string.charAt(name) == ']' && bracket > 0 ? -1 : 0;
            name++;
        }
        Value value = value(string.substring(0, name));
        int at = name;
        if (at < string.length() && string.charAt(at) == '!') {
            if (at + 1 >= string.length()) {
                throw new Fault("end of string while looking for conversion specifier");
            }
            value = switch (string.charAt(at + 1)) {
                case 's' -> Printer.str(budget, value);
                case 'r', 'a' -> Printer.repr(budget, value);
                default -> throw new Fault("Unknown conversion specifier " + string.charAt(at + 1));
            };
            at += 2;
            if (at < string.length() && string.charAt(at) != ':') {
                throw new Fault("expected ':' after conversion specifier");
            }
        }
        String spec = at < string.length()
                ? run(field.slice(at + 1, string.length()), nesting - 1).string()
                : "";
        return FormatSpec.parse(spec).format(budget, value);
    }

    private Value value(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Value value = argument(name.substring(0, end));
        int at = end;
        while (at < name.length()) {
            if (name.charAt(at) == '.') {
                int stop = at + 1;
                while (stop < name.length() && name.charAt(stop) != '.' && name.charAt(stop) != '[') {
                    stop++;
                }
                value = Members.attribute(budget, value, name.substring(at + 1, stop));
                at = stop;
            } else {
                int close = name.indexOf(']', at);
                if (name.charAt(at) != '[' || close < 0) {
                    throw new Fault("Missing ']' in format string");
                }
                value = Members.item(budget, value, key(name.substring(at + 1, close)));
                at = close + 1;
            }
        }
        return value;
    }

    private static Value key(String text) {
        boolean whole = !text.isEmpty() && FormatSpec.digits(text, 0) == text.length();
        return whole ? Value.Int.of(FormatSpec.number(text, 0, text.length())) : Text.trusted(text);
    }

    private Value argument(String name) {
        boolean whole = FormatSpec.digits(name, 0) == name.length();
        if (!whole) {
            Value value = arguments.named().get(name);
            if (value == null) {
                throw new Fault("'" + name + "'");
            }
            return value;
        }
        int index = name.isEmpty() ? next++ : FormatSpec.number(name, 0, name.length());
        if (name.isEmpty() ? numbered : next > 0) {
            throw new Fault("cannot switch between automatic and manual field numbering");
        }
        numbered = !name.isEmpty();
        if (index >= arguments.values().size()) {
            throw new Fault("Replacement index " + index + " out of range for positional args tuple");
        }
        return arguments.values().get(index);
    }

    /** Return a dict's entries as arguments with names. */
    static Arguments named(Dict dict) {
        var named = new LinkedHashMap<String, Value>();
        for (Dict.Entry entry : dict.entries()) {
            if (entry.key() instanceof Text key) {
                named.put(key.string(), entry.value());
            }
        }
        List<Value> none = new ArrayList<>();
        return new Arguments(none, named);
    }
}
