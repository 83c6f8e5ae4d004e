package dev.proxytune;

/** Refuse values that cannot be. */
final class Checks {
    private Checks() {}

    static void require(boolean holds, String rule, Object got) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", got: " + got);
        }
    }
}
