package dev.proxytune;

/**
 * Choose whether the other small models read guesses along with the expert, at the same time, or only when all are
 * checked, by what either has cost so far. Not thread-safe.
 *
 * <p>Reading along makes each round of guessing a little longer, and spares the check their decode of all guesses at
 * once. Where that is cheap, as with matrix units, they should not; where several rows cost a small model several times
 * one, they should.
 */
final class Company {
    /** How many steps go each way at first, and each time that the other way is tried again. */
    private static final int EACH = 3;

    private static final int TRY_EACH = 96;
    private static final int TRY_EACH_AT_MOST = 1536;

    /** How much of an average is due to the last step. */
    private static final double NEW = 0.1;

    private final Way along;
    private final Way alone;
    private boolean isAlong = true;
    private double rounds = 2;
    private double rows = 3;
    private double roundRows = 1;
    private int steps;
    private int tryEach = TRY_EACH;
    private int untilTry = 2 * EACH + TRY_EACH;
    private int stepRounds;
    private int stepRoundRows;

    /** Learn what guessing one way costs, in nanoseconds. */
    private record Way(Costs reading, Costs checking) {}

    Company(int maxRows) {
        this.along = new Way(new Costs(maxRows), new Costs(maxRows, true));
        this.alone = new Way(new Costs(maxRows), new Costs(maxRows, true));
    }

    /** Begin a step, and return whether the others read along in it. */
    boolean begin() {
        if (steps >= 2 * EACH && untilTry < -EACH) {
            tryEach = Math.min(2 * tryEach, TRY_EACH_AT_MOST);
            untilTry = tryEach;
        }
        isAlong = steps < 2 * EACH ? steps < EACH : isBetterAlong() != isTrying();
        stepRounds = 0;
        stepRoundRows = 0;
        return isAlong;
    }

    /** Return whether this step goes the way that seems dearer. */
    boolean isTrying() {
        return steps >= 2 * EACH && untilTry < 0;
    }

    private boolean isBetterAlong() {
        return cost(along) <= cost(alone);
    }

    private double cost(Way way) {
        return rounds * way.reading().of((int) Math.round(roundRows))
                + way.checking().of((int) Math.round(rows));
    }

    private Way way() {
        return isAlong ? along : alone;
    }

    /** Note what a round of reading ahead took. */
    void read(int rowCount, long nanos) {
        way().reading().add(rowCount, nanos);
        stepRounds++;
        stepRoundRows += rowCount;
    }

    /** Note what it took to check a step that had guesses. */
    void checked(int rowCount, long nanos) {
        if (stepRounds == 0) {
            return;
        }
        way().checking().add(rowCount, Math.max(1, nanos));
        rounds += NEW * (stepRounds - rounds);
        rows += NEW * (rowCount - rows);
        roundRows += NEW * ((double) stepRoundRows / stepRounds - roundRows);
        steps++;
        untilTry--;
    }
}
