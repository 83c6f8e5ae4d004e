package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A text that knows of each character whether it came from the conversation.
 *
 * <p>Origins are kept as the sorted places where they change; the text before the first is the template's. Places are
 * UTF-16 indices, while Python counts code points: {@link #offset} and {@link #length} translate.
 */
final class Text implements Value {
    static final Text EMPTY = new Text("", new int[0], false);
    private static final int[] TRUSTED = {};
    private static final int[] INPUT = {0};

    private final String string;
    private final int[] changes;
    private final boolean markup;
    private int length = -1;

    Text(String string, int[] changes, boolean markup) {
        this.string = string;
        this.changes = changes;
        this.markup = markup;
    }

    static Text trusted(String string) {
        return new Text(string, TRUSTED, false);
    }

    static Text of(String string, boolean input) {
        return new Text(string, input && !string.isEmpty() ? INPUT : TRUSTED, false);
    }

    String string() {
        return string;
    }

    /** Tell whether the text was declared safe for HTML, which changes how it is joined. */
    boolean isMarkup() {
        return markup;
    }

    Text withMarkup(boolean value) {
        return value == markup ? this : new Text(string, changes, value);
    }

    @Override
    public boolean isInput() {
        return changes.length > 0;
    }

    boolean isEmpty() {
        return string.isEmpty();
    }

    /** Return the number of code points. */
    int length() {
        if (length < 0) {
            length = string.codePointCount(0, string.length());
        }
        return length;
    }

    /** Return where a code point starts. */
    int offset(int codePoint) {
        return length() == string.length() ? codePoint : string.offsetByCodePoints(0, codePoint);
    }

    /** Return how many code points there are before a place. */
    int codePoints(int offset) {
        return length() == string.length() ? offset : string.codePointCount(0, offset);
    }

    /** Return the part between two places; what is safe for HTML stays so. */
    Text slice(int begin, int end) {
        if (begin == 0 && end == string.length()) {
            return this;
        }
        if (changes.length == 0 || begin >= end) {
            return new Text(string.substring(begin, Math.max(begin, end)), TRUSTED, markup);
        }
        int first = after(begin);
        int last = after(end - 1);
        boolean input = first % 2 == 1;
        int[] inside = new int[last - first + (input ? 1 : 0)];
        int count = 0;
        if (input) {
            inside[count++] = 0;
        }
        for (int i = first; i < last; i++) {
            inside[count++] = changes[i] - begin;
        }
        return new Text(string.substring(begin, end), inside, markup);
    }

    boolean isInputAt(int place) {
        return after(place) % 2 == 1;
    }

    /** Return the index of the first change behind a place. */
    private int after(int place) {
        int at = Arrays.binarySearch(changes, place);
        return at >= 0 ? at + 1 : -at - 1;
    }

    /** Return the parts by origin. */
    List<Piece> pieces() {
        List<Piece> pieces = new ArrayList<>();
        int begin = 0;
        boolean input = false;
        for (int i = 0; i <= changes.length; i++) {
            int end = i < changes.length ? changes[i] : string.length();
            if (end > begin) {
                pieces.add(new Piece(string.substring(begin, end), input));
            }
            begin = end;
            input = !input;
        }
        return pieces;
    }

    int[] changes() {
        return changes;
    }

    @Override
    public String type() {
        return markup ? "Markup" : "str";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && text.string.equals(string);
    }

    @Override
    public int hashCode() {
        return string.hashCode();
    }

    @Override
    public String toString() {
        return string;
    }
}
