package dev.proxytune.report;

import dev.proxytune.eval.AnswerTrace;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Add up how the experts moved the tokens of a task's answers (paper, section 6.1). Mutable, not thread-safe. */
final class TokenStatistics {
    private final PositionBins positions = new PositionBins();
    private final Map<String, Moments> byToken = new HashMap<>();
    private final Moments left = new Moments();
    private final Moments right = new Moments();
    private int answers;

    /** How much a token was moved on average. */
    record Moved(String token, Moments delta) {}

    void add(AnswerTrace trace) {
        answers++;
        List<EquationSide> sides = EquationSide.of(trace.tokens());
        for (int i = 0; i < trace.tokens().size(); i++) {
            positions.add(i + 1, trace.changed().get(i));
            double delta = trace.delta().get(i);
            if (!Double.isNaN(delta)) {
                byToken.computeIfAbsent(trace.tokens().get(i), _ -> new Moments())
                        .add(delta);
                switch (sides.get(i)) {
                    case LEFT -> left.add(delta);
                    case RIGHT -> right.add(delta);
                    case NONE -> {}
                }
            }
        }
    }

    /** Return how many answers had a trace. */
    int answers() {
        return answers;
    }

    PositionBins positions() {
        return positions;
    }

    Moments left() {
        return left;
    }

    Moments right() {
        return right;
    }

    /** Return the tokens that moved most on average, the most moved first, of those that occur often enough. */
    List<Moved> moved(int least, int most) {
        return byToken.entrySet().stream()
                .filter(entry -> entry.getValue().n() >= least)
                .map(entry -> new Moved(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingDouble(
                                (Moved moved) -> -moved.delta().mean())
                        .thenComparing(Moved::token))
                .limit(most)
                .toList();
    }
}
