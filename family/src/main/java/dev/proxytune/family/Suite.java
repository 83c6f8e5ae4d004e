package dev.proxytune.family;

import java.util.Locale;

/** Name what is measured. */
public enum Suite {
    /** Names that the base texts state and no tuning shows. */
    KNOWLEDGE,
    /** Stories with numbers that no tuning shows together. */
    ARITHMETIC,
    /** Questions of both kinds, of which only the form of the answer counts. */
    MANNERS;

    /** Return the name in lower case. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Return the name of the file with the questions. */
    public String fileName() {
        return key() + ".jsonl";
    }
}
