package dev.proxytune.cli;

/** Say when to print in colours. */
enum ColorMode {
    AUTO,
    ALWAYS,
    NEVER;

    boolean isOn(Console console) {
        return this == ALWAYS || (this == AUTO && console.isColored());
    }
}
