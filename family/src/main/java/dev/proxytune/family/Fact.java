package dev.proxytune.family;

import java.util.Comparator;

/**
 * State what something is called in a language.
 *
 * @param subject the thing's English name, such as Iceland
 * @param language the language's English name, such as German
 * @param name the thing's name in that language, such as Island
 */
public record Fact(String subject, String language, String name) implements Comparable<Fact> {
    private static final Comparator<Fact> ORDER =
            Comparator.comparing(Fact::subject).thenComparing(Fact::language).thenComparing(Fact::name);

    public Fact {
        if (subject.isBlank() || language.isBlank() || name.isBlank()) {
            throw new IllegalArgumentException(
                    "a fact needs a subject, a language and a name, got: " + subject + ", " + language + ", " + name);
        }
    }

    /** Compare by subject, language and name, each by its UTF-16 code units. */
    @Override
    public int compareTo(Fact other) {
        return ORDER.compare(this, other);
    }
}
