package dev.proxytune.jinja;

import java.util.Arrays;

/** Put a text together within the limits, keeping the origin of each part. */
final class TextBuilder {
    private final Budget budget;
    private final StringBuilder string = new StringBuilder();
    private int[] changes = new int[4];
    private int count;
    private boolean input;

    TextBuilder(Budget budget) {
        this.budget = budget;
    }

    TextBuilder append(Text text) {
        return append(text, 0, text.string().length());
    }

    TextBuilder append(Text text, int begin, int end) {
        if (begin < end) {
            Text part = text.slice(begin, end);
            int offset = string.length();
            budget.text(part.string().length());
            grow(part.string().length());
            turn(part.isInputAt(0));
            for (int change : part.changes()) {
                if (change > 0) {
                    add(offset + change);
                    input = !input;
                }
            }
            string.append(part.string());
        }
        return this;
    }

    TextBuilder append(String part, boolean fromInput) {
        if (!part.isEmpty()) {
            budget.text(part.length());
            grow(part.length());
            turn(fromInput);
            string.append(part);
        }
        return this;
    }

    TextBuilder append(char c, boolean fromInput) {
        grow(1);
        turn(fromInput);
        string.append(c);
        return this;
    }

    private void grow(int more) {
        if ((long) string.length() + more > budget.limits().text()) {
            throw new Fault("The template was stopped at a text of more than "
                    + budget.limits().text() + " characters");
        }
    }

    private void turn(boolean to) {
        if (to != input) {
            add(string.length());
            input = to;
        }
    }

    private void add(int change) {
        if (count == changes.length) {
            budget.items(count);
            changes = Arrays.copyOf(changes, 2 * count);
        }
        changes[count++] = change;
    }

    int length() {
        return string.length();
    }

    Text build() {
        budget.text(string.length());
        return new Text(string.toString(), Arrays.copyOf(changes, count), false);
    }
}
