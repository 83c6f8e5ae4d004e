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
     * The guess itself is free, since the expert reads the last token in any case. So even where no guess pays, their
     * hits are known. A few steps are made without guesses all the time, and more of them at first, to know what they cost;
     * if their tokens are cheaper, guesses rest for some steps, longer each time. And a few go further than seems right, lest a cost that was
     * measured in a bad moment be believed for ever.
     */
    private static final int PLAIN_EACH = 48;
    private static final int PLAIN_EACH_AT_FIRST = 4;
    private static final int FURTHER_EACH = 24;
    private static final int FURTHER = 2;
    private static final int TRIAL = 12;
    private static final int ENOUGH = 3;
    private static final int FIRST_ROWS = 4;

    /** Steps that have so many rows whatever they seem to cost, as code has not been compiled yet that makes guesses. */
    private static final int FIRST_STEPS = 4;

    private static final int SHORTEST_REST = 16;
    private static final int LONGEST_REST = 1024;

    /** Steps without guesses after which rests become longer: the first costs are those of a program that just began. */
    private static final int SETTLED = 48;

    /** Guesses rest unless they are that much cheaper: the sum of several low costs is lower than one low cost of all. */
    private static final double MARGIN = 0.98;

    private static final double MEMORY = 24;

    private final int most;
    private final int maxRows;
    private final Costs reading;
    private final Costs checking;
    private final Costs plain;
    private final State[] states;
    private State state;
    private double spent;

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
        private int steps;
        private int plainSteps;
        private int guessedSteps;
        private int rest;
        private int nextRest = SHORTEST_REST;
        private int further;
        private boolean guesses;

        private void add(double cost, int drawn) {
            double weight = 1 / Math.min(++guessedSteps, MEMORY);
            time += (cost - time) * weight;
            tokens += (drawn - tokens) * weight;
        }

        private double price() {
            return tokens == 0 ? 0 : time / tokens;
        }

        private boolean isTried() {
            return guessedSteps % TRIAL == 0 && plainSteps >= ENOUGH;
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
        state.steps++;
        state.guesses = false;
        spent = 0;
        if (state.rest > 0) {
            state.rest--;
            return 0;
        }
        int each = state.plainSteps < ENOUGH ? PLAIN_EACH_AT_FIRST : PLAIN_EACH;
        if (state.plainSteps == 0 || state.steps % each == ENOUGH) {
            return 0;
        }
        state.guesses = true;
        state.further = state.steps % FURTHER_EACH == 0 ? FURTHER : 0;
        return most;
    }

    @Override
    public boolean goesOn(int guesses, int rows, double chance, double average) {
        return pays(guesses, rows, chance, average, reading.of(guesses));
    }

    @Override
    public boolean keeps(int rows, double chance, double average) {
        return pays(1, rows, chance, average, 0);
    }

    private boolean pays(int guesses, int rows, double chance, double average, double read) {
        double price = state.price();
        double here = checking.of(rows);
        if (price == 0 || here == 0 || state.guessedSteps < FIRST_STEPS) {
            return rows < FIRST_ROWS * guesses;
        }
        double worth = 0;
        double hits = chance;
        for (int more = 1; more <= most && rows + more * guesses <= maxRows; more++) {
            worth += hits * price;
            hits *= average;
            double cost = more * read + Math.max(0, checking.of(rows + more * guesses) - here);
            if (worth > cost) {
                return true;
            }
        }
        return state.further-- > 0;
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
        if (!state.guesses) {
            state.plainSteps++;
            plain.add(answers, nanos);
            // Without it a decode of few rows would be taken to cost what the first one of more did.
            checking.add(answers, Math.max(1, nanos - (long) reading.of(answers)));
            return;
        }
        checking.add(rows, nanos);
        state.add(spent + checking.of(rows), tokens);
        if (!state.isTried()) {
            return;
        }
        if (state.price() > plain.of(answers) / answers * MARGIN) {
            state.rest = state.nextRest;
            boolean settled = state.plainSteps > SETTLED;
            state.nextRest = settled ? Math.min(2 * state.nextRest, LONGEST_REST) : SHORTEST_REST;
            // What is tried next counts more than what was slow before, as code that had not been compiled yet.
            state.guessedSteps = Math.min(state.guessedSteps, TRIAL);
        } else {
            state.nextRest = SHORTEST_REST;
        }
    }
}
