package dev.proxytune.jinja;

import java.util.Locale;
import java.util.function.UnaryOperator;

/** Change and tell the case of texts. */
final class Casing {
    private Casing() {}

    static Text upper(Budget budget, Text text) {
        return map(budget, text, string -> string.toUpperCase(Locale.ROOT));
    }

    static Text lower(Budget budget, Text text) {
        return map(budget, text, string -> string.toLowerCase(Locale.ROOT));
    }

    static Text fold(Budget budget, Text text) {
        return map(
                budget,
                text,
                string -> string.replace("ẞ", "ß").replace("ß", "ss").toLowerCase(Locale.ROOT));
    }

    static Text capitalize(Budget budget, Text text) {
        return map(budget, text, Casing::capitalize);
    }

    /** Make the first letter of each word a capital, where words are letters next to each other. */
    static Text title(Budget budget, Text text) {
        budget.steps(text.string().length() / 4);
        return map(budget, text, Casing::title);
    }

    static Text swap(Budget budget, Text text) {
        budget.steps(text.string().length() / 4);
        return map(budget, text, Casing::swap);
    }

    /** Apply an operation to the whole; origins are kept if it does the same to the parts. */
    private static Text map(Budget budget, Text text, UnaryOperator<String> operation) {
        budget.text(text.string().length());
        String whole = operation.apply(text.string());
        if (text.pieces().size() <= 1) {
            return Text.of(whole, text.isInput()).withMarkup(text.isMarkup());
        }
        if (whole.length() == text.string().length()) {
            return new Text(whole, text.changes(), text.isMarkup());
        }
        return Text.of(whole, true).withMarkup(text.isMarkup());
    }

    private static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return titled(text.codePointAt(0)) + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /** Return the title case of a letter, which may be several. */
    private static String titled(int c) {
        return c == 'ß' ? "Ss" : Character.toString(Character.toTitleCase(c));
    }

    private static String title(String text) {
        var out = new StringBuilder(text.length());
        boolean inside = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            out.append(inside ? Character.toString(c).toLowerCase(Locale.ROOT) : titled(c));
            inside = isCased(c);
        }
        return out.toString();
    }

    private static String swap(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            String one = Character.toString(c);
            out.append(Character.isUpperCase(c) ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
        });
        return out.toString();
    }

    private static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    static boolean isUpper(String text) {
        return text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c))
                && text.codePoints().anyMatch(Character::isUpperCase);
    }

    static boolean isLower(String text) {
        return text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c))
                && text.codePoints().anyMatch(Character::isLowerCase);
    }

    static boolean isTitle(String text) {
        boolean inside = false;
        boolean any = false;
        for (int c : text.codePoints().toArray()) {
            boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
            if ((upper && inside) || (Character.isLowerCase(c) && !inside)) {
                return false;
            }
            inside = isCased(c);
            any |= inside;
        }
        return any;
    }
}
