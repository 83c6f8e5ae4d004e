package dev.proxytune;

/**
 * Count the decodes in which parts of a model that compute on different things had work at the same time.
 *
 * @param sideBySide how many ran these parts at the same time
 * @param inTurn how many ran them one after the other
 */
public record OverlapCounts(long sideBySide, long inTurn) {

    /** Nothing counted yet, or nothing to count: all parts compute on the same. */
    public static final OverlapCounts NONE = new OverlapCounts(0, 0);

    OverlapCounts plus(boolean together) {
        return together ? new OverlapCounts(sideBySide + 1, inTurn) : new OverlapCounts(sideBySide, inTurn + 1);
    }

    public long decodes() {
        return sideBySide + inTurn;
    }
}
