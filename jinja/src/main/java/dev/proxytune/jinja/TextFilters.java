package dev.proxytune.jinja;

import dev.proxytune.jinja.Filters.Filter;
import dev.proxytune.jinja.Value.Int;
import dev.proxytune.jinja.Value.None;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters that make and change texts. */
final class TextFilters {
    static final Map<String, Filter> ALL = all();

    private TextFilters() {}

    private static Map<String, Filter> all() {
        Map<String, Filter> all = new HashMap<>();
        all.put("string", (budget, value, _) -> Printer.str(budget, value));
        all.put("upper", (budget, value, _) -> Casing.upper(budget, Printer.str(budget, value)));
        all.put("lower", (budget, value, _) -> Casing.lower(budget, Printer.str(budget, value)));
        all.put("capitalize", (budget, value, _) -> Casing.capitalize(budget, Printer.str(budget, value)));
        all.put("title", (budget, value, _) -> title(budget, Printer.str(budget, value)));
        all.put("trim", TextFilters::trim);
        all.put("replace", TextFilters::replace);
        all.put("indent", TextFilters::indent);
        all.put("center", TextFilters::center);
        all.put("truncate", TextFilters::truncate);
        all.put("wordcount", (budget, value, _) -> wordCount(budget, Printer.str(budget, value)));
        all.put("wordwrap", WordWrap::filter);
        all.put("format", TextFilters::format);
        all.put("tojson", Json::filter);
        all.put("pprint", (budget, value, _) -> Printer.repr(budget, value));
        all.put("safe", (budget, value, _) -> Printer.str(budget, value).withMarkup(true));
        all.put("escape", (budget, value, _) -> Html.escape(budget, Printer.str(budget, value)));
        all.put("e", (budget, value, _) -> Html.escape(budget, Printer.str(budget, value)));
        all.put("forceescape", (budget, value, _) -> Html.always(budget, Printer.str(budget, value)));
        all.put("striptags", (budget, value, _) -> Html.stripTags(budget, Printer.str(budget, value)));
        all.put("urlencode", TextFilters::urlEncode);
        all.put("xmlattr", TextFilters::xmlAttributes);
        return all;
    }

    private static Value trim(Budget budget, Value value, Arguments arguments) {
        Value chars = arguments.bind("trim", "chars").get(0, None.NONE);
        return TextMethods.strip(budget, Printer.str(budget, value), chars, true, true);
    }

    private static Value replace(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("replace", "old", "new", "count");
        Value count = bound.get(2, None.NONE);
        return TextMethods.replace(
                budget,
                Printer.str(budget, value).withMarkup(false),
                Printer.str(budget, bound.get(0)),
                Printer.str(budget, bound.get(1)),
                count == None.NONE ? -1 : Numbers.index(count));
    }

    /** Make the first letter of each word a capital, where words are set apart by blanks, hyphens and brackets. */
    private static Text title(Budget budget, Text text) {
        var out = new TextBuilder(budget);
        String string = text.string();
        int at = 0;
        while (at < string.length()) {
            int end = at;
            boolean separator = isSeparator(string.charAt(at));
            while (end < string.length() && isSeparator(string.charAt(end)) == separator) {
                end++;
            }
            int first = separator ? end : at + Character.charCount(string.codePointAt(at));
            out.append(Casing.upper(budget, text.slice(at, first)))
                    .append(Casing.lower(budget, text.slice(first, end)));
            at = end;
        }
        return out.build();
    }

    private static boolean isSeparator(char c) {
        return Chars.isSpace(c) || "-({[<".indexOf(c) >= 0;
    }

    private static Value indent(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("indent", "width", "first", "blank");
        Value width = bound.get(0, Int.of(4));
        boolean first = bound.truth(1, false);
        boolean blank = bound.truth(2, false);
        if (!(value instanceof Text text)) {
            throw value instanceof Undefined undefined
                    ? undefined.fault()
                    : new Fault("indent takes a text, not '" + value.type() + "'");
        }
        Text indention = width instanceof Text given
                ? given
                : TextMethods.pad(
                        budget, Text.EMPTY, Math.max(0, Numbers.index(width)), Text.trusted(" "), true, false);
        var out = new TextBuilder(budget);
        // The line feed makes an empty last line count.
        Text whole = new TextBuilder(budget).append(text).append("\n", false).build();
        boolean begun = false;
        for (Text line : Splitting.lines(budget, whole, false)) {
            if (begun) {
                out.append("\n", text.isInput());
            }
            if (begun ? blank || !line.isEmpty() : first) {
                out.append(indention);
            }
            begun = true;
            out.append(line);
        }
        return out.build().withMarkup(text.isMarkup());
    }

    private static Value center(Budget budget, Value value, Arguments arguments) {
        int width = arguments.bind("center", "width").integer(0, 80);
        return TextMethods.pad(budget, Printer.str(budget, value), width, Text.trusted(" "), true, true);
    }

    private static Value truncate(Budget budget, Value value, Arguments arguments) {
        var bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        int length = bound.integer(0, 255);
        Text end = Printer.str(budget, bound.get(2, Text.trusted("...")));
        Value given = bound.get(3, None.NONE);
        int leeway = given == None.NONE ? 5 : Numbers.index(given);
        if (length < end.length() || leeway < 0) {
            throw new Fault("truncate expects a length of at least " + end.length() + " and a leeway of 0 or more");
        }
        if (!(value instanceof Text text)) {
            if (Iteration.length(value) <= (long) length + leeway) {
                return value;
            }
            throw new Fault("truncate takes a text, not '" + value.type() + "'");
        }
        if (text.length() <= (long) length + leeway) {
            return text;
        }
        budget.scan(text.string().length());
        Text cut = text.slice(0, text.offset(length - end.length()));
        if (!bound.truth(1, false)) {
            cut = Splitting.splitLast(budget, cut, " ", 1).getFirst();
        }
        return new TextBuilder(budget).append(cut).append(end).build().withMarkup(text.isMarkup());
    }

    private static Value wordCount(Budget budget, Text text) {
        budget.items(text.string().length() / 2);
        int words = 0;
        boolean inside = false;
        for (int c : text.string().codePoints().toArray()) {
            boolean word = Chars.isWord(c);
            words += word && !inside ? 1 : 0;
            inside = word;
        }
        return Int.of(words);
    }

    private static Value format(Budget budget, Value value, Arguments arguments) {
        if (!arguments.values().isEmpty() && !arguments.named().isEmpty()) {
            throw new Fault("can't handle positional and keyword arguments at the same time");
        }
        Value given;
        if (arguments.named().isEmpty()) {
            given = Tuple.of(budget, arguments.values());
        } else {
            var named = new Dict.Builder(budget);
            arguments.named().forEach((name, argument) -> named.put(Text.trusted(name), argument));
            given = named.build();
        }
        return PercentFormat.format(budget, Printer.str(budget, value), given);
    }

    private static Value urlEncode(Budget budget, Value value, Arguments arguments) {
        arguments.positional("urlencode", 0, 0);
        if (value instanceof Text || !Iteration.isIterable(value)) {
            return quoted(budget, value, false);
        }
        Value pairs = value instanceof Dict dict ? new DictView(dict, DictView.Part.ITEMS) : value;
        var out = new TextBuilder(budget);
        for (Value pair : Iteration.list(budget, pairs)) {
            List<Value> both = Iteration.list(budget, pair);
            if (both.size() != 2) {
                throw new Fault("urlencode takes pairs of keys and values");
            }
            out.append(out.length() > 0 ? "&" : "", false)
                    .append(quoted(budget, both.get(0), true))
                    .append("=", false)
                    .append(quoted(budget, both.get(1), true));
        }
        return out.build();
    }

    private static Text quoted(Budget budget, Value value, boolean query) {
        Text text = Printer.str(budget, value);
        var out = new TextBuilder(budget);
        for (byte b : text.string().getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain =
                    c < 0x80 && (Character.isLetterOrDigit(c) || "_.-~".indexOf(c) >= 0 || (!query && c == '/'));
            String written = plain
                    ? Character.toString(c)
                    : query && c == ' '
                            ? "+"
                            : "%" + HexFormat.of().withUpperCase().toHexDigits(b);
            out.append(written, text.isInput());
        }
        return out.build();
    }

    private static Value xmlAttributes(Budget budget, Value value, Arguments arguments) {
        boolean space = arguments.bind("xmlattr", "autospace").truth(0, true);
        if (!(value instanceof Dict dict)) {
            throw new Fault("xmlattr takes a dict, not '" + value.type() + "'");
        }
        List<Text> attributes = new ArrayList<>();
        for (Dict.Entry entry : dict.entries()) {
            if (entry.value() == None.NONE || entry.value() instanceof Undefined) {
                continue;
            }
            Text key = TextMethods.string(entry.key(), "xmlattr");
            if (key.string().codePoints().anyMatch(c -> (c < 0x80 && Chars.isSpace(c)) || "/>=".indexOf(c) >= 0)) {
                throw new Fault("Invalid character in attribute name: " + Printer.brief(key));
            }
            attributes.add(new TextBuilder(budget)
                    .append(Html.escape(budget, key))
                    .append("=\"", false)
                    .append(Html.escape(budget, Printer.str(budget, entry.value())))
                    .append("\"", false)
                    .build());
        }
        var out = new TextBuilder(budget);
        for (Text attribute : attributes) {
            out.append(out.length() > 0 || space ? " " : "", false).append(attribute);
        }
        return out.build();
    }

    /** Return a text in lower case if it is one, for comparisons that ignore case. */
    static Value ignoreCase(Budget budget, Value value) {
        if (value instanceof Text text) {
            budget.text(text.string().length());
            return Text.of(text.string().toLowerCase(Locale.ROOT), text.isInput());
        }
        return value;
    }
}
