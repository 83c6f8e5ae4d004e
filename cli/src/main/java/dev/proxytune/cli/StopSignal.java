package dev.proxytune.cli;

/** A signal by which a user or the system asks the process to end. */
enum StopSignal {
    /** Ctrl-C. */
    INTERRUPT("INT", 2),
    /** What kill sends, and a system that shuts down. */
    TERMINATE("TERM", 15),
    /** What the end of a terminal sends. */
    HANG_UP("HUP", 1);

    private final String signalName;
    private final int number;

    StopSignal(String signalName, int number) {
        this.signalName = signalName;
        this.number = number;
    }

    /** Return the name as Java wants it, without SIG. */
    String signalName() {
        return signalName;
    }

    /** Return the exit code of a process that the signal ended: 128 and the number of the signal, as shells have it. */
    int exitCode() {
        return 128 + number;
    }
}
