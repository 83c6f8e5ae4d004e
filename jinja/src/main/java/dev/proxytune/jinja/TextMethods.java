package dev.proxytune.jinja;

import dev.proxytune.jinja.Value.Bool;
import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.None;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The methods of Python's strings. */
final class TextMethods {
    /** Looking at code points takes longer than copying them. */
    private static final long SCANS = 4;

    private TextMethods() {}

    /** Return a method of a text, or null. */
    static @Nullable Value find(Budget budget, Text text, String name) {
        return switch (name) {
            case "strip" -> strip(budget, text, name, true, true);
            case "lstrip" -> strip(budget, text, name, true, false);
            case "rstrip" -> strip(budget, text, name, false, true);
            case "upper" -> simple(name, () -> Casing.upper(budget, text));
            case "lower" -> simple(name, () -> Casing.lower(budget, text));
            case "casefold" -> simple(name, () -> Casing.fold(budget, text));
            case "title" -> simple(name, () -> Casing.title(budget, text));
            case "capitalize" -> simple(name, () -> Casing.capitalize(budget, text));
            case "swapcase" -> simple(name, () -> Casing.swap(budget, text));
            case "startswith" -> affix(budget, text, name, true);
            case "endswith" -> affix(budget, text, name, false);
            case "removeprefix" -> remove(budget, text, name, true);
            case "removesuffix" -> remove(budget, text, name, false);
            case "format" -> new Function(name, arguments -> BraceFormat.format(budget, text, arguments));
            case "join" -> Members.function(name, 1, 1, arguments -> join(budget, text, arguments.getFirst()));
            case "replace" ->
                Members.function(
                        name,
                        2,
                        3,
                        arguments -> replace(
                                budget,
                                text,
                                string(arguments.get(0), name),
                                string(arguments.get(1), name),
                                arguments.size() > 2 ? Numbers.index(arguments.get(2)) : -1));
            case "zfill" ->
                Members.function(name, 1, 1, arguments -> fillZeros(budget, text, Numbers.index(arguments.getFirst())));
            case "center" -> pad(budget, text, name, true, true);
            case "ljust" -> pad(budget, text, name, false, true);
            case "rjust" -> pad(budget, text, name, true, false);
            case "expandtabs" ->
                new Function(
                        name,
                        arguments -> expandTabs(
                                budget, text, arguments.bind(name, "tabsize").integer(0, 8)));
            default -> search(budget, text, name);
        };
    }

    private static @Nullable Value search(Budget budget, Text text, String name) {
        return switch (name) {
            case "split" -> split(budget, text, name, false);
            case "rsplit" -> split(budget, text, name, true);
            case "splitlines" ->
                new Function(name, arguments -> {
                    boolean keep = arguments.bind(name, "keepends").truth(0, false);
                    return list(budget, Splitting.lines(budget, text, keep));
                });
            case "partition", "rpartition" ->
                Members.function(
                        name,
                        1,
                        1,
                        arguments -> Tuple.of(
                                budget,
                                Splitting.partition(
                                        budget, text, string(arguments.getFirst(), name), name.startsWith("r"))));
            case "find", "index" -> find(budget, text, name, false);
            case "rfind", "rindex" -> find(budget, text, name, true);
            case "count" -> Members.function(name, 1, 3, arguments -> count(budget, text, name, arguments));
            case "isdecimal" -> all(budget, text, name, Character::isDigit);
            case "isdigit" -> all(budget, text, name, Chars::isAnyDigit);
            case "isnumeric" -> all(budget, text, name, Chars::isNumeric);
            case "isalpha" -> all(budget, text, name, Character::isLetter);
            case "isalnum" -> all(budget, text, name, c -> Character.isLetter(c) || Chars.isNumeric(c));
            case "isspace" -> all(budget, text, name, Chars::isSpace);
            case "isascii" ->
                scanning(budget, text, name, string -> string.chars().allMatch(c -> c < 0x80));
            case "isupper" -> scanning(budget, text, name, Casing::isUpper);
            case "islower" -> scanning(budget, text, name, Casing::isLower);
            case "istitle" -> scanning(budget, text, name, Casing::isTitle);
            case "isidentifier" -> scanning(budget, text, name, TextMethods::isIdentifier);
            default -> null;
        };
    }

    private static Function simple(String name, java.util.function.Supplier<Value> body) {
        return Members.function(name, 0, 0, _ -> body.get());
    }

    /** Return a method that looks at all of a text. */
    private static Function scanning(Budget budget, Text text, String name, java.util.function.Predicate<String> test) {
        return simple(name, () -> {
            budget.scan(text.string().length() * SCANS);
            return Bool.of(test.test(text.string()));
        });
    }

    private static Function all(Budget budget, Text text, String name, IntPredicate test) {
        return scanning(
                budget,
                text,
                name,
                string -> !string.isEmpty() && string.codePoints().allMatch(test));
    }

    private static boolean isIdentifier(String text) {
        return !text.isEmpty()
                && Chars.isNameStart(text.codePointAt(0))
                && text.codePoints().allMatch(Chars::isNamePart);
    }

    static Text string(Value value, String method) {
        if (value instanceof Text text) {
            return text;
        }
        throw new Fault(method + "() argument must be str, not " + value.type());
    }

    private static ListValue list(Budget budget, List<Text> parts) {
        long length = 0;
        for (Text part : parts) {
            length += part.string().length();
        }
        budget.text(length);
        return ListValue.of(budget, List.copyOf(parts));
    }

    private static Function strip(Budget budget, Text text, String name, boolean left, boolean right) {
        return Members.function(name, 0, 1, arguments -> {
            Value chars = arguments.isEmpty() ? None.NONE : arguments.getFirst();
            return strip(budget, text, chars, left, right);
        });
    }

    /** Remove characters at the ends: those of a text, or white space if it is none. */
    static Text strip(Budget budget, Text text, Value chars, boolean left, boolean right) {
        String string = text.string();
        String set = chars == None.NONE ? "" : string(chars, "strip").string();
        budget.scan(string.length() + (long) set.length());
        IntPredicate strips = chars == None.NONE ? Chars::isSpace : c -> set.indexOf(c) >= 0;
        int begin = 0;
        int end = string.length();
        while (left && begin < end && strips.test(string.codePointAt(begin))) {
            budget.scan(set.length());
            begin += Character.charCount(string.codePointAt(begin));
        }
        while (right && end > begin && strips.test(string.codePointBefore(end))) {
            budget.scan(set.length());
            end -= Character.charCount(string.codePointBefore(end));
        }
        return text.slice(begin, end);
    }

    private static Function affix(Budget budget, Text text, String name, boolean start) {
        return Members.function(name, 1, 3, arguments -> {
            Text part = between(budget, text, arguments);
            List<Value> options =
                    arguments.getFirst() instanceof Tuple tuple ? tuple.items() : List.of(arguments.getFirst());
            for (Value option : options) {
                if (!(option instanceof Text affix)) {
                    throw new Fault(name + " first arg must be str or a tuple of str, not " + option.type());
                }
                budget.scan(Math.min(affix.string().length(), part.string().length()));
                if (start
                        ? part.string().startsWith(affix.string())
                        : part.string().endsWith(affix.string())) {
                    return Bool.TRUE;
                }
            }
            return Bool.FALSE;
        });
    }

    /** Return the part between the second and third arguments. */
    private static Text between(Budget budget, Text text, List<Value> arguments) {
        if (arguments.size() > 1) {
            budget.scan(text.string().length());
        }
        int begin = begin(text, arguments);
        int end = end(text, arguments);
        return begin > end ? Text.EMPTY : text.slice(begin, end);
    }

    private static int begin(Text text, List<Value> arguments) {
        return arguments.size() < 2 || arguments.get(1) == None.NONE
                ? 0
                : text.offset(Members.clamp(Numbers.index(arguments.get(1)), text.length()));
    }

    private static int end(Text text, List<Value> arguments) {
        return arguments.size() < 3 || arguments.get(2) == None.NONE
                ? text.string().length()
                : text.offset(Members.clamp(Numbers.index(arguments.get(2)), text.length()));
    }

    private static Function remove(Budget budget, Text text, String name, boolean prefix) {
        return Members.function(name, 1, 1, arguments -> {
            String affix = string(arguments.getFirst(), name).string();
            int length = text.string().length();
            budget.text(length);
            if (prefix) {
                return text.string().startsWith(affix) ? text.slice(affix.length(), length) : text;
            }
            return text.string().endsWith(affix) ? text.slice(0, length - affix.length()) : text;
        });
    }

    private static Text join(Budget budget, Text separator, Value items) {
        var builder = new TextBuilder(budget);
        boolean first = true;
        boolean markup = separator.isMarkup();
        for (Value item : Iteration.list(budget, items)) {
            if (!(item instanceof Text) && !markup) {
                throw new Fault("sequence item: expected str instance, " + item.type() + " found");
            }
            if (!first) {
                builder.append(separator);
            }
            first = false;
            Text part = Printer.str(budget, item);
            builder.append(markup ? Html.escape(budget, part) : part);
        }
        return builder.build().withMarkup(markup);
    }

    /** Replace parts of a text; a negative count means all. */
    static Text replace(Budget budget, Text text, Text old, Text fresh, int count) {
        Text with = text.isMarkup() ? Html.escape(budget, fresh) : fresh;
        String string = text.string();
        var builder = new TextBuilder(budget);
        int left = count < 0 ? Integer.MAX_VALUE : count;
        int at = 0;
        if (old.isEmpty()) {
            while (left-- > 0 && at <= string.length()) {
                int next = at < string.length() ? at + Character.charCount(string.codePointAt(at)) : at + 1;
                builder.append(with).append(text, at, Math.min(next, string.length()));
                at = next;
            }
        } else {
            var search = Search.first(budget, old.string());
            int found = search.in(string, 0, string.length());
            while (found >= 0 && left-- > 0) {
                builder.append(text, at, found).append(with);
                at = found + old.string().length();
                found = search.in(string, at, string.length());
            }
        }
        return builder.append(text, Math.min(at, string.length()), string.length())
                .build()
                .withMarkup(text.isMarkup());
    }

    private static Function split(Budget budget, Text text, String name, boolean last) {
        return new Function(name, arguments -> {
            var bound = arguments.bind(name, "sep", "maxsplit");
            Value separator = bound.get(0, None.NONE);
            int given = bound.integer(1, -1);
            int most = given < 0 ? Integer.MAX_VALUE : given;
            if (separator == None.NONE) {
                return list(
                        budget, last ? Splitting.lastWords(budget, text, most) : Splitting.words(budget, text, most));
            }
            String string = string(separator, name).string();
            return list(
                    budget,
                    last
                            ? Splitting.splitLast(budget, text, string, most)
                            : Splitting.split(budget, text, string, most));
        });
    }

    private static Function find(Budget budget, Text text, String name, boolean last) {
        return Members.function(name, 1, 3, arguments -> {
            budget.scan(text.string().length());
            String part = string(arguments.getFirst(), name).string();
            int begin = begin(text, arguments);
            int end = end(text, arguments);
            boolean inside = begin <= end
                    && (arguments.size() < 2
                            || arguments.get(1) == None.NONE
                            || Numbers.index(arguments.get(1)) <= text.length());
            var search = last ? Search.last(budget, part) : Search.first(budget, part);
            int found = inside ? search.in(text.string(), begin, end) : -1;
            if (found < 0 && name.endsWith("index")) {
                throw new Fault("substring not found");
            }
            return Int.of(found < 0 ? -1 : text.codePoints(found));
        });
    }

    private static Value count(Budget budget, Text text, String name, List<Value> arguments) {
        String part = string(arguments.getFirst(), name).string();
        Text within = between(budget, text, arguments);
        budget.scan(within.string().length());
        if (part.isEmpty()) {
            return Int.of(within.length() + 1L);
        }
        int count = 0;
        var search = Search.first(budget, part);
        int end = within.string().length();
        int found = search.in(within.string(), 0, end);
        while (found >= 0) {
            count++;
            found = search.in(within.string(), found + part.length(), end);
        }
        return Int.of(count);
    }

    private static Text fillZeros(Budget budget, Text text, int width) {
        int missing = Math.max(0, width - text.length());
        budget.text((long) missing + text.string().length());
        int sign = text.string().startsWith("-") || text.string().startsWith("+") ? 1 : 0;
        return new TextBuilder(budget)
                .append(text, 0, sign)
                .append("0".repeat(missing), false)
                .append(text, sign, text.string().length())
                .build()
                .withMarkup(text.isMarkup());
    }

    private static Function pad(Budget budget, Text text, String name, boolean left, boolean right) {
        return Members.function(name, 1, 2, arguments -> {
            Text fill = arguments.size() > 1 ? string(arguments.get(1), name) : Text.trusted(" ");
            if (fill.length() != 1) {
                throw new Fault("The fill character must be exactly one character long");
            }
            return pad(budget, text, Numbers.index(arguments.getFirst()), fill, left, right);
        });
    }

    /** Fill a text up to a width on the left, on the right, or on both sides as Python does. */
    static Text pad(Budget budget, Text text, int width, Text fill, boolean left, boolean right) {
        int missing = Math.max(0, width - text.length());
        budget.text((long) missing + text.string().length());
        int before = left && right ? missing / 2 + (missing & width & 1) : left ? missing : 0;
        UnaryOperator<Text> unmarked = part -> part.withMarkup(false);
        return new TextBuilder(budget)
                .append(fill.string().repeat(before), fill.isInput())
                .append(unmarked.apply(text))
                .append(fill.string().repeat(missing - before), fill.isInput())
                .build()
                .withMarkup(text.isMarkup());
    }

    private static Text expandTabs(Budget budget, Text text, int size) {
        var builder = new TextBuilder(budget);
        int column = 0;
        String string = text.string();
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '\t') {
                int blanks = size <= 0 ? 0 : size - column % size;
                budget.text(blanks);
                builder.append(" ".repeat(blanks), text.isInputAt(i));
                column += blanks;
            } else {
                builder.append(c, text.isInputAt(i));
                column = c == '\n' || c == '\r' ? 0 : column + (Character.isLowSurrogate(c) ? 0 : 1);
            }
        }
        return builder.build().withMarkup(text.isMarkup());
    }
}
