package dev.proxytune;

/**
 * Check as many guesses in each step as make the answers grow fastest, by what was measured so far; none where that is
 * fastest.
 */
final class MeasuredPace implements Pace {
    /*
     * Implementation note. A step that takes long must yield many tokens: what counts is tokens a second over all steps.
     * The best way to stop a step is then by the price of a token, which is the time that a token takes on average: one
     * more guess is worth its chance to be right times that price, and costs another round of reading ahead and a wider
     * decode. Costs have stairs (on some processors two rows cost twice one, and five no more than two), so the
     * question is whether any number of further guesses is worth what it costs. If the price falls, so does what a guess
     * is worth, and the drafts settle at the length with the lowest price.
     *
     * A decode of another number of rows than the one before takes longer, since llama.cpp builds its graph anew: a
     * tenth of a step or more where models are tiny. So steps have a usual number of guesses, the best for guesses of
     * average chance, and to stop elsewhere must be worth the change.
     *
     * Some steps in a row are made without guesses from time to time. If their tokens are cheaper, guesses rest, longer
     * each time; the clearer they are dearer, the rarer they become. And some have more guesses than usual, or fewer, lest
     * a cost that was measured in a bad moment be believed for ever.
     */
    private static final int PLAIN_IN_A_ROW = 3;
    private static final int PLAIN_EACH = 12;
    private static final int PLAIN_EACH_IF_CLOSE = 64;
    private static final int PLAIN_EACH_AT_MOST = 512;

    /** The price of guessed tokens, as a part of that of others, below which it is clear that guesses pay. */
    private static final double CLEAR = 0.85;

    /** Some steps in a row have the next larger one of these numbers of guesses, or the next smaller one. */
    private static final int[] PROBES = {1, 2, 4, 8};

    private static final int PROBE_STEPS = 5;
    private static final int PROBE_EACH = 48;
    private static final int PROBE_EACH_AT_MOST = 768;

    /** The first steps with guesses have so many rows for each answer, whatever they seem to cost. */
    private static final int[] FIRST_ROWS = {2, 3};

    /** Steps after others of another kind that do not count, as the processor's caches hold what those needed. */
    private static final int COLD = 3;

    private static final int COLD_AFTER_REST = 8;

    private static final int TRIAL = 12;
    private static final int SHORTEST_REST = 16;
    private static final int LONGEST_REST = 512;

    /** Steps without guesses after which it is no matter of course that guesses would still cost what they did. */
    private static final int LONG_REST = 128;

    /** Steps without guesses after which rests become longer: the first costs are those of a program that just began. */
    private static final int SETTLED = 48;

    /** Guesses rest unless they are that much cheaper: the sum of several low costs is lower than one low cost of all. */
    private static final double MARGIN = 0.98;

    /** How uncertain the price of guessed tokens is after one step, as a part of it. */
    private static final double DOUBT = 0.3;

    private static final int MEMORY = 200;
    private static final int MEMORY_AFTER_REST = 24;
    private static final int MEMORY_OF_CHANGES = 32;

    /** Another usual number of guesses must be that much faster. */
    private static final double STEADINESS = 1.02;

    private final int most;
    private final int maxRows;
    private final Costs reading;
    private final Costs checking;
    private final Costs plain;
    private final State[] states;
    private State state;
    private double spent;
    private int guesses = 1;
    private double average;
    private int lastRows;
    private int usualGuesses;
    private int usualRows;

    /** What a decode takes longer if the one before had another number of rows. */
    private double change;

    private int changes;

    MeasuredPace(int most, int sequences, int maxRows) {
        this.most = most;
        this.maxRows = maxRows;
        this.reading = new Costs(maxRows);
        this.checking = new Costs(maxRows, true);
        this.plain = new Costs(sequences);
        this.states = new State[sequences + 1];
        this.state = state(1);
    }

    /** Hold what was learnt of steps with one number of answers. */
    private static final class State {
        private double time;
        private double tokens;
        private int guessedSteps;
        private int trial;
        private int cold;
        private int uncounted;
        private boolean rested;
        private int plainSteps;
        private int plainLeft = 1;
        private int plainEach = PLAIN_EACH;
        private int untilPlain = PLAIN_EACH;
        private int nextRest = SHORTEST_REST;
        private int probe;
        private boolean upwards;
        private int probeLeft;
        private int probeEach = PROBE_EACH;
        private int untilProbe = PROBE_EACH;
        private boolean guesses;

        private void add(double cost, int drawn) {
            if (uncounted > 0) {
                uncounted--;
                return;
            }
            guessedSteps = Math.min(guessedSteps + 1, MEMORY);
            trial++;
            time += (cost - time) / guessedSteps;
            tokens += (drawn - tokens) / guessedSteps;
        }

        /** Let some steps have a number of guesses, if it is not 0, and the first of them say nothing. */
        private void probe(int number, int coldSteps) {
            if (number > 0) {
                probe = number;
                probeLeft = coldSteps + PROBE_STEPS;
                cold = coldSteps;
                uncounted = probeLeft + COLD;
            }
        }

        private double price() {
            return tokens == 0 ? 0 : time / tokens;
        }

        /** Return the least that the price may be in truth. */
        private double leastPrice() {
            return price() * (1 - DOUBT / Math.sqrt(guessedSteps));
        }
    }

    private State state(int answers) {
        if (states[answers] == null) {
            states[answers] = new State();
        }
        return states[answers];
    }

    @Override
    public int begin(int answers) {
        state = state(answers);
        spent = 0;
        state.guesses = !isPlain(answers);
        if (!state.guesses) {
            return 0;
        }
        if (state.probeLeft > 0) {
            state.probeLeft--;
        } else if (--state.untilProbe < 0) {
            state.probeEach = Math.min(2 * state.probeEach, PROBE_EACH_AT_MOST);
            state.untilProbe = state.probeEach;
            state.upwards = !state.upwards;
            state.probe(neighbour(state.upwards), COLD);
        }
        return most;
    }

    /** Return the next larger number to try, or the next smaller one, 0 for none. */
    private int neighbour(boolean upwards) {
        int next = 0;
        for (int probe : PROBES) {
            if (upwards && next == 0 && probe > usualGuesses && probe <= most) {
                next = probe;
            } else if (!upwards && probe < usualGuesses) {
                next = probe;
            }
        }
        return next;
    }

    private boolean isPlain(int answers) {
        if (state.plainLeft == 0 && --state.untilPlain < 0) {
            boolean clear = state.price() < CLEAR * plain.of(answers) / answers;
            state.plainEach = Math.min(2 * state.plainEach, clear ? PLAIN_EACH_AT_MOST : PLAIN_EACH_IF_CLOSE);
            state.untilPlain = state.plainEach;
            state.plainLeft = PLAIN_IN_A_ROW;
        }
        if (state.plainLeft == 0) {
            return false;
        }
        state.plainLeft--;
        return true;
    }

    @Override
    public boolean goesOn(int guesses, int rows, double chance, double average) {
        if (rows == guesses) {
            this.guesses = guesses;
            this.average = average;
            settle();
        }
        return pays(guesses, rows, chance, average, reading.of(guesses));
    }

    @Override
    public boolean keeps(int rows, double chance, double average) {
        return pays(1, rows, chance, average, 0);
    }

    /** Choose how many guesses steps usually have. */
    private void settle() {
        if (state.probeLeft > 0) {
            usualRows = (state.probe + 1) * guesses;
            return;
        }
        int fastest = usualGuesses;
        double best = rate(usualGuesses) * STEADINESS;
        for (int number = 0; number <= most && (number + 1) * guesses <= maxRows; number++) {
            double rate = rate(number);
            if (rate > best) {
                fastest = number;
                best = rate;
            }
        }
        usualGuesses = fastest;
        usualRows = (usualGuesses + 1) * guesses;
    }

    /** Return how many tokens in a nanosecond an answer is likely to get from steps of so many guesses. */
    private double rate(int number) {
        double tokens = average == 1 ? number + 1 : (1 - Math.pow(average, number + 1)) / (1 - average);
        return tokens / ((number + 1) * reading.of(guesses) + checking.of((number + 1) * guesses));
    }

    private boolean pays(int guesses, int rows, double chance, double average, double read) {
        if (state.guessedSteps < FIRST_ROWS.length) {
            return rows < FIRST_ROWS[state.guessedSteps] * guesses;
        }
        // Drafts that no expert reads have no usual length.
        if (state.probeLeft > 0 && usualRows > 0) {
            return rows < usualRows;
        }
        double price = state.price();
        double here = checkingOf(rows);
        double worth = 0;
        double hits = chance;
        for (int more = 1; more <= most && rows + more * guesses <= maxRows; more++) {
            worth += hits * price;
            hits *= average;
            double cost = more * read + Math.max(0, checkingOf(rows + more * guesses) - here);
            if (worth > cost) {
                return true;
            }
        }
        return false;
    }

    private double checkingOf(int rows) {
        return checking.of(rows) + (rows == usualRows ? 0 : change);
    }

    @Override
    public boolean readsOn(int answers, int rows, double chance) {
        // Where several answers are read ahead, one that is spared a row makes a later decode smaller by that row.
        double spared = reading.of(answers) - (answers == 1 ? 0 : reading.of(answers - 1));
        double worth = 0;
        double spares = chance;
        for (int more = 1; more <= most && rows + more <= maxRows; more++) {
            worth += spares * spared;
            spares *= chance;
            if (worth > reading.of(rows + more) - reading.of(rows)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void drafted(int rows, long nanos) {
        reading.add(rows, nanos);
        spent += reading.of(rows);
    }

    @Override
    public void checked(int answers, int rows, int tokens, long nanos) {
        boolean changed = rows != lastRows;
        lastRows = rows;
        if (state.guesses) {
            learn(rows, nanos, changed);
            state.add(spent + checking.of(rows) + (changed ? change : 0), tokens);
            if (state.trial >= TRIAL) {
                judge(answers);
            }
            return;
        }
        state.plainSteps++;
        if (state.plainLeft == 0 && state.rested) {
            state.rested = false;
            state.probe(Math.max(1, usualGuesses), COLD_AFTER_REST);
        } else if (state.plainLeft == 0 && state.guessedSteps > 0) {
            state.cold = COLD;
            state.uncounted = COLD;
        }
        if (!changed || plain.of(answers) == 0) {
            plain.add(answers, nanos);
            // Without it a decode of few rows would be taken to cost what the first one of more did.
            checking.add(answers, Math.max(1, nanos - (long) reading.of(answers)));
        }
    }

    /** Learn what a decode costs, and what it costs more because the one before had another number of rows. */
    private void learn(int rows, long nanos, boolean changed) {
        if (state.cold > 0) {
            state.cold--;
            if (checking.isKnown(rows)) {
                return;
            }
        }
        if (changed && checking.isKnown(rows)) {
            double usual = checking.of(rows);
            changes = Math.min(changes + 1, MEMORY_OF_CHANGES);
            change = Math.max(0, change + (Math.clamp(nanos - usual, -usual / 2, usual / 2) - change) / changes);
        }
        checking.add(rows, Math.max(1, nanos - (changed ? (long) change : 0)));
    }

    /** Decide whether guesses rest. */
    private void judge(int answers) {
        state.trial = 0;
        if (state.leastPrice() <= plain.of(answers) / answers * MARGIN) {
            state.nextRest = SHORTEST_REST;
            return;
        }
        state.plainLeft = state.nextRest;
        state.rested = state.nextRest >= LONG_REST;
        boolean settled = state.plainSteps > SETTLED;
        state.nextRest = settled ? Math.min(2 * state.nextRest, LONGEST_REST) : SHORTEST_REST;
        // What is tried next counts more than what was slow before, as code that had not been compiled yet.
        state.guessedSteps = Math.min(state.guessedSteps, MEMORY_AFTER_REST);
    }
}
