package dev.proxytune.report;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Name the systems that a report compares. */
public enum SystemRole {
    /** The target as it is. */
    BASE("base"),
    /** The target steered by its experts. */
    PROXY("proxy-tuned"),
    /** The expert by itself. */
    EXPERT("expert"),
    /** The target tuned directly. */
    TUNED("tuned");

    private final String label;

    SystemRole(String label) {
        this.label = label;
    }

    /** Return the word for readers. */
    public String label() {
        return label;
    }

    /** Return the role that a file's name tells, if it tells one and no other. */
    static Optional<SystemRole> ofName(String name) {
        Set<String> words = new HashSet<>(List.of(name.toLowerCase(Locale.ROOT).split("[^a-z]+", -1)));
        if (words.contains("proxy") || words.contains("proxytuned") || words.contains("dexperts")) {
            return Optional.of(PROXY);
        }
        List<SystemRole> found = List.of(BASE, EXPERT, TUNED).stream()
                .filter(role -> words.contains(role.label))
                .toList();
        boolean one = found.size() == 1 && !words.contains("anti");
        return one ? Optional.of(found.getFirst()) : Optional.empty();
    }

    @Override
    public String toString() {
        return label;
    }
}
