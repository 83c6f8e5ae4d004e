package dev.proxytune.jinja;

/** Count what a rendering has taken, and stop it at its limits. */
final class Budget {
    /** Characters that are copied in about the time of one operation. */
    private static final int CHARS_PER_STEP = 64;

    private static final int CHARS_PER_ITEM = 8;

    private final Limits limits;
    private long steps;
    private long memory;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    Limits limits() {
        return limits;
    }

    void step() {
        steps(1);
    }

    void steps(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw new Fault(
                    "The template was stopped after " + limits.steps() + " steps: it does not end, or not soon");
        }
    }

    /** Count that so many characters were looked at. */
    void scan(long chars) {
        steps(1 + chars / CHARS_PER_STEP);
    }

    /** Count an operation on whole numbers of so many bits that takes more than linear time. */
    void number(long bits) {
        steps(bits / CHARS_PER_STEP * (bits / 1024 + 1));
    }

    /** Count a text of this length, before it is made. */
    void text(long chars) {
        if (chars > limits.text()) {
            throw new Fault(
                    "The template was stopped at a text of " + chars + " characters; the limit is " + limits.text());
        }
        scan(chars);
        allocate(chars);
    }

    /** Count a list of this many items, before it is made. */
    void items(long count) {
        if (count > limits.memory() / CHARS_PER_ITEM) {
            throw new Fault("The template was stopped at a list of " + count + " items");
        }
        steps(1 + count / CHARS_PER_ITEM);
        allocate(count * CHARS_PER_ITEM);
    }

    private void allocate(long chars) {
        memory += chars;
        if (memory > limits.memory()) {
            throw new Fault("The template was stopped: its texts and lists take more memory than the limit of "
                    + limits.memory() + " characters");
        }
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw new Fault("The template was stopped: it nests deeper than " + limits.depth()
                    + " levels; a macro that calls itself without end does that");
        }
        step();
    }

    void leave() {
        depth--;
    }

    /** Refuse data of this nesting. */
    void nesting(int levels) {
        if (levels > limits.nesting()) {
            throw new Fault("The template was stopped: its data nests deeper than " + limits.nesting() + " levels");
        }
    }
}
