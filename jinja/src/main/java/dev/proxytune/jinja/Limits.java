package dev.proxytune.jinja;

/**
 * Bound what reading and rendering a template may take. Real templates stay below a hundredth of the defaults.
 *
 * @param source length of a template in characters
 * @param nesting how deep expressions, blocks and data may nest
 * @param depth how deep evaluation may go: macros that call macros, loops in loops; about eight for each call
 * @param steps how many operations a rendering may take; long texts count by their length
 * @param text length of the output and of every text on the way, in characters
 * @param memory characters of all texts together that a rendering makes, with eight for each item of a list
 */
public record Limits(int source, int nesting, int depth, long steps, int text, long memory) {
    /** The limits that fit any chat template. */
    public static final Limits DEFAULT = new Limits(1 << 20, 100, 500, 10_000_000L, 1 << 24, 1L << 27);

    public Limits {
        require(source, "source");
        require(nesting, "nesting");
        require(depth, "depth");
        require(steps, "steps");
        require(text, "text");
        require(memory, "memory");
    }

    private static void require(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, got: " + value);
        }
    }

    /** Return these limits with another number of steps. */
    public Limits withSteps(long value) {
        return new Limits(source, nesting, depth, value, text, memory);
    }

    /** Return these limits with another length of texts. */
    public Limits withText(int value) {
        return new Limits(source, nesting, depth, steps, value, memory);
    }
}
