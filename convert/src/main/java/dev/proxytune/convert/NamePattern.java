package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression by which PEFT chooses modules, matched within a bounded number of steps: the expressions come from
 * downloaded files, and some would take longer than anyone waits.
 */
final class NamePattern {
    /** How many characters are looked at for one name; those of plain names are looked at once or twice. */
    private static final int MOST_STEPS = 100_000;

    private final String text;
    private final Pattern pattern;
    private final String source;

    private NamePattern(String text, Pattern pattern, String source) {
        this.text = text;
        this.pattern = pattern;
        this.source = source;
    }

    /**
     * Take the end of a module's name as PEFT writes it.
     *
     * @param source the file and the place in it, for messages
     * @throws InvalidModelException if it is no regular expression
     */
    static NamePattern of(String text, String source) {
        try {
            return new NamePattern(text, Pattern.compile("(.*\\.)?(" + text + ")"), source);
        } catch (PatternSyntaxException | StackOverflowError e) {
            throw Fault.of(source, Fault.quote(text) + " is no pattern of names", Fault.DAMAGED, e);
        }
    }

    /**
     * Return whether a module is meant.
     *
     * @throws InvalidModelException if that takes too long to find out
     */
    boolean matches(String module) {
        try {
            return pattern.matcher(new Counted(module, new int[] {MOST_STEPS})).matches();
        } catch (IllegalStateException | StackOverflowError e) {
            throw Fault.of(
                    source,
                    Fault.quote(text) + " takes too long to be looked for in " + Fault.quote(module),
                    "write the names of the modules instead",
                    e);
        }
    }

    /** A name that can only be looked at so often; the matcher has no other bound. */
    private static final class Counted implements CharSequence {
        private final CharSequence name;
        private final int[] left;

        Counted(CharSequence name, int[] left) {
            this.name = name;
            this.left = left;
        }

        @Override
        public int length() {
            return name.length();
        }

        @Override
        public char charAt(int index) {
            if (--left[0] < 0) {
                throw new IllegalStateException("A name has been looked at too often");
            }
            return name.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(name.subSequence(start, end), left);
        }

        @Override
        public String toString() {
            return name.toString();
        }
    }
}
