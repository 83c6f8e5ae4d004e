package dev.proxytune.report;

/** Name the grounds that figures stand on. */
enum Theme {
    LIGHT,
    DARK
}
