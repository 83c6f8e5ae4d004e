package dev.proxytune.family;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Make up stories from a grammar.
 *
 * <p>A tenth of the sums and differences and a quarter of the products, of which there are few, are held out: no tuning
 * shows those numbers together, so that a test question asks for a result, not for a memory of one.
 */
public final class Stories {
    private static final Pattern CHOICE = Pattern.compile("\\[([^\\]]*)\\]");

    /** How often each operation is drawn, in tenths; there are far fewer products to know than sums. */
    private static final Map<Operation, Integer> TENTHS =
            Map.of(Operation.SUM, 4, Operation.DIFFERENCE, 4, Operation.PRODUCT, 2);

    /** How many exercises of each hundred are held out. */
    private static final Map<Operation, Integer> HELD_OUT_HUNDREDTHS =
            Map.of(Operation.SUM, 10, Operation.DIFFERENCE, 10, Operation.PRODUCT, 25);

    private final Map<Pool, Map<Operation, List<Exercise>>> exercises = new EnumMap<>(Pool.class);

    /** Say which exercises a story may be about. */
    public enum Pool {
        /** All of them. */
        ALL,
        /** Those that tuning may show. */
        TUNING,
        /** Those that only base texts and questions have. */
        HELD_OUT
    }

    /** Choose the exercises that are held out. */
    public Stories(long seed) {
        var random = new SplittableRandom(seed);
        for (Pool pool : Pool.values()) {
            exercises.put(pool, new EnumMap<>(Operation.class));
        }
        for (Operation operation : Operation.values()) {
            List<Exercise> all = Draws.shuffled(Exercise.all(operation), random);
            int heldOut = all.size() * Objects.requireNonNull(HELD_OUT_HUNDREDTHS.get(operation)) / 100;
            of(Pool.ALL).put(operation, List.copyOf(all));
            of(Pool.HELD_OUT).put(operation, List.copyOf(all.subList(0, heldOut)));
            of(Pool.TUNING).put(operation, List.copyOf(all.subList(heldOut, all.size())));
        }
    }

    /** Return the exercises that stories of a pool may be about, in random order. */
    public List<Exercise> exercises(Pool pool, Operation operation) {
        return Objects.requireNonNull(of(pool).get(operation));
    }

    private Map<Operation, List<Exercise>> of(Pool pool) {
        return Objects.requireNonNull(exercises.get(pool));
    }

    /** Draw an exercise. */
    public Exercise exercise(Pool pool, RandomGenerator random) {
        return Draws.one(exercises(pool, operation(random)), random);
    }

    private static Operation operation(RandomGenerator random) {
        int tenth = random.nextInt(10);
        for (Operation operation : Operation.values()) {
            tenth -= Objects.requireNonNull(TENTHS.get(operation));
            if (tenth < 0) {
                return operation;
            }
        }
        throw new IllegalStateException("the tenths must make ten");
    }

    /**
     * Make up a story.
     *
     * @param invented the share of stories, from 0 to 1, whose words for the things and people do not exist
     */
    public Story story(Pool pool, double invented, RandomGenerator random) {
        Exercise exercise = exercise(pool, random);
        StoryForm form = Draws.one(StoryForm.of(exercise.operation()), random);
        String object =
                Draws.happens(invented, random) ? Words.inventedObject(random) : Draws.one(Words.OBJECTS, random);
        String name = name(invented, random);
        int day = random.nextInt(Words.DAYS.size() - 1);
        Map<String, String> gaps = Map.of(
                "n", name,
                "m", otherThan(name, invented, random),
                "o", object,
                "a", Integer.toString(exercise.first()),
                "b", Integer.toString(exercise.second()),
                "c", Integer.toString(exercise.result()),
                "box", Draws.one(Words.CONTAINERS, random),
                "place", Draws.one(Words.PLACES, random),
                "day", Words.DAYS.get(day),
                "then", Words.DAYS.get(Draws.between(day + 1, Words.DAYS.size() - 1, random)));
        String setup = CHOICE.matcher(form.setup()).replaceAll(choice -> choose(choice, random));
        return new Story(exercise, fill(setup, gaps), fill(form.ask(), gaps), fill(form.outcome(), gaps), object);
    }

    private static String name(double invented, RandomGenerator random) {
        return Draws.happens(invented, random) ? Words.inventedName(random) : Draws.one(Words.NAMES, random);
    }

    private static String otherThan(String name, double invented, RandomGenerator random) {
        String other = name;
        while (other.equals(name)) {
            other = name(invented, random);
        }
        return other;
    }

    private static String choose(MatchResult choice, RandomGenerator random) {
        return Draws.one(List.of(choice.group(1).split("\\|", -1)), random);
    }

    private static String fill(String sentence, Map<String, String> gaps) {
        String filled = sentence;
        for (Map.Entry<String, String> gap : gaps.entrySet()) {
            filled = filled.replace("{" + gap.getKey() + "}", gap.getValue());
        }
        return filled;
    }
}
