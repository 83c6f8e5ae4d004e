package dev.proxytune.jinja;

/**
 * Find a part in texts in linear time, whatever both are made of.
 *
 * <p>Short parts are found by comparison at each place; longer ones by the algorithm of Knuth, Morris and Pratt, as a
 * comparison at each place could take the product of both lengths.
 */
final class Search {
    private static final int SHORT = 8;

    private final Budget budget;
    private final String part;
    private final boolean last;
    private int[] borders = {};

    private Search(Budget budget, String part, boolean last) {
        this.budget = budget;
        this.part = part;
        this.last = last;
    }

    /** Search from the left. */
    static Search first(Budget budget, String part) {
        return new Search(budget, part, false);
    }

    /** Search from the right. */
    static Search last(Budget budget, String part) {
        return new Search(budget, part, true);
    }

    /** Return where the part is found first between two places, or -1. */
    int in(String text, int begin, int end) {
        if (begin < 0 || part.length() > end - begin) {
            budget.step();
            return -1;
        }
        if (part.length() <= SHORT) {
            int found = last ? text.lastIndexOf(part, end - part.length()) : text.indexOf(part, begin, end);
            int place = found < begin ? -1 : found;
            charge(last ? 0 : begin, end, place);
            return place;
        }
        prepare();
        int place = last ? fromRight(text, begin, end) : fromLeft(text, begin, end);
        charge(begin, end, place);
        return place;
    }

    private void charge(int begin, int end, int place) {
        int looked = place < 0 ? end - begin : last ? end - place : place + part.length() - begin;
        budget.scan(looked);
    }

    private char letter(int index) {
        return part.charAt(last ? part.length() - 1 - index : index);
    }

    /** Compute for each beginning of the part how much of it is repeated at its end. */
    private void prepare() {
        if (borders.length > 0) {
            return;
        }
        budget.scan(part.length());
        budget.items(part.length() / 4);
        int[] found = new int[part.length()];
        int matched = 0;
        for (int i = 1; i < found.length; i++) {
            while (matched > 0 && letter(i) != letter(matched)) {
                matched = found[matched - 1];
            }
            matched += letter(i) == letter(matched) ? 1 : 0;
            found[i] = matched;
        }
        borders = found;
    }

    private int fromLeft(String text, int begin, int end) {
        int matched = 0;
        for (int i = begin; i < end; i++) {
            matched = advance(text.charAt(i), matched);
            if (matched == part.length()) {
                return i + 1 - matched;
            }
        }
        return -1;
    }

    private int fromRight(String text, int begin, int end) {
        int matched = 0;
        for (int i = end - 1; i >= begin; i--) {
            matched = advance(text.charAt(i), matched);
            if (matched == part.length()) {
                return i;
            }
        }
        return -1;
    }

    private int advance(char c, int before) {
        int matched = before;
        while (matched > 0 && c != letter(matched)) {
            matched = borders[matched - 1];
        }
        return matched + (c == letter(matched) ? 1 : 0);
    }
}
