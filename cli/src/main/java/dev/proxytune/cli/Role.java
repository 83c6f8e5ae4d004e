package dev.proxytune.cli;

/** Name the parts that models play. */
enum Role {
    TARGET("target"),
    EXPERT("expert"),
    ANTI_EXPERT("anti-expert");

    private final String label;

    Role(String label) {
        this.label = label;
    }

    /** Return the word for users. */
    @Override
    public String toString() {
        return label;
    }
}
