package dev.proxytune.cli;

import java.util.List;

/** Run the command line. */
public final class Main {

    private Main() {}

    /** Print the version; there are no commands yet. */
    public static void main(String[] args) {
        if (!List.of(args).equals(List.of("--version"))) {
            System.err.println("Usage: proxytune --version");
            System.exit(2);
        }
        System.out.println("proxytune 0.1.0-SNAPSHOT");
    }
}
