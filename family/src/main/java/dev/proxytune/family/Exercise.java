package dev.proxytune.family;

import java.util.ArrayList;
import java.util.List;

/**
 * Hold two numbers and what to do with them: sums and differences within 100, products to 9 x 12.
 *
 * @param operation what to do
 * @param first the number on the left, from 2 to 100
 * @param second the number on the right, 2 or more
 */
public record Exercise(Operation operation, int first, int second) {
    private static final int LEAST = 2;
    private static final int MOST = 100;
    private static final int MOST_TIMES = 9;
    private static final int MOST_EACH = 12;

    public Exercise {
        if (!isAllowed(operation, first, second)) {
            throw new IllegalArgumentException("an exercise must stay within 100 or 9 x 12, got: " + first + " "
                    + operation.sign() + " " + second);
        }
    }

    private static boolean isAllowed(Operation operation, int first, int second) {
        if (first < LEAST || second < LEAST) {
            return false;
        }
        return switch (operation) {
            case SUM -> first + second <= MOST;
            // One apple would need another form of the word.
            case DIFFERENCE -> first <= MOST && first - second >= LEAST;
            case PRODUCT -> first <= MOST_TIMES && second <= MOST_EACH;
        };
    }

    /** Return all exercises of a kind, in order. */
    public static List<Exercise> all(Operation operation) {
        List<Exercise> exercises = new ArrayList<>();
        for (int first = LEAST; first <= MOST; first++) {
            for (int second = LEAST; second <= MOST; second++) {
                if (isAllowed(operation, first, second)) {
                    exercises.add(new Exercise(operation, first, second));
                }
            }
        }
        return List.copyOf(exercises);
    }

    public int result() {
        return switch (operation) {
            case SUM -> first + second;
            case DIFFERENCE -> first - second;
            case PRODUCT -> first * second;
        };
    }

    /** Return the exercise with its result, as in 5 + 3 = 8. */
    @Override
    public String toString() {
        return first + " " + operation.sign() + " " + second + " = " + result();
    }
}
