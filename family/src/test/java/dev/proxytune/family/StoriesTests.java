package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.family.Stories.Pool;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoriesTests {
    private static final long SEED = 5;

    private final Stories stories = new Stories(SEED);

    private List<Story> draw(Pool pool, double invented, int count) {
        var random = new SplittableRandom(SEED);
        return IntStream.range(0, count)
                .mapToObj(_ -> stories.story(pool, invented, random))
                .toList();
    }

    @Test
    void fillsAllGaps() {
        assertThat(draw(Pool.ALL, 0.3, 5000))
                .allSatisfy(story -> assertThat(story.question() + " " + story.working())
                        .doesNotContainPattern("[\\[\\]{}|]")
                        .doesNotContain("  "));
    }

    @Test
    void asksForTheObjectAndTellsTheResult() {
        assertThat(draw(Pool.ALL, 0.3, 5000)).allSatisfy(story -> {
            Exercise exercise = story.exercise();
            assertThat(story.setup()).contains(exercise.first() + " ", " " + story.object());
            assertThat(story.setup()).containsPattern("\\b" + exercise.second() + "\\b");
            assertThat(story.ask()).startsWith("How many ").endsWith("?").contains(" " + story.object());
            assertThat(story.outcome())
                    .endsWith(".")
                    .containsPattern("\\b" + exercise.result() + "( \\w+)? " + story.object() + "\\b");
        });
    }

    @Test
    void namesTwoPeopleDifferently() {
        Set<String> names = new HashSet<>(Words.NAMES);
        assertThat(draw(Pool.ALL, 0, 5000)).allSatisfy(story -> {
            List<String> people = Stream.of(story.question().split("\\W+"))
                    .filter(names::contains)
                    .distinct()
                    .toList();
            assertThat(people).hasSizeLessThanOrEqualTo(2);
            if (story.ask().contains("together") || story.ask().contains("than")) {
                assertThat(people).hasSize(2);
            }
        });
    }

    @Test
    void inventsWordsOnlyWhereAsked() {
        Set<String> known = Set.copyOf(Words.OBJECTS);
        assertThat(draw(Pool.ALL, 0, 2000)).allMatch(story -> known.contains(story.object()));
        assertThat(draw(Pool.ALL, 1, 2000)).noneMatch(story -> known.contains(story.object()));
    }

    @Test
    void hasManyDifferentStories() {
        Set<String> questions =
                draw(Pool.ALL, 0, 5000).stream().map(Story::question).collect(Collectors.toSet());
        assertThat(questions).hasSizeGreaterThan(4990);
    }

    @ParameterizedTest
    @CsvSource({"SUM, 10", "DIFFERENCE, 10", "PRODUCT, 25"})
    void holdsPartOfTheExercisesOut(Operation operation, int percent) {
        List<Exercise> all = Exercise.all(operation);
        List<Exercise> heldOut = stories.exercises(Pool.HELD_OUT, operation);
        List<Exercise> tuning = stories.exercises(Pool.TUNING, operation);
        assertThat(heldOut).hasSize(all.size() * percent / 100).doesNotContainAnyElementsOf(tuning);
        assertThat(tuning).hasSize(all.size() - heldOut.size()).isSubsetOf(all);
        assertThat(draw(Pool.TUNING, 0, 3000).stream().map(Story::exercise)).doesNotContainAnyElementsOf(heldOut);
        assertThat(draw(Pool.HELD_OUT, 0, 3000).stream().map(Story::exercise)).doesNotContainAnyElementsOf(tuning);
    }

    @ParameterizedTest
    @CsvSource({
        "SUM, 2, 98, 2 + 98 = 100",
        "DIFFERENCE, 100, 98, 100 - 98 = 2",
        "PRODUCT, 9, 12, 9 x 12 = 108",
    })
    void reachesTheEdges(Operation operation, int first, int second, String text) {
        var exercise = new Exercise(operation, first, second);
        assertThat(exercise).hasToString(text);
        assertThat(Exercise.all(operation)).contains(exercise).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({
        "SUM, 3, 98",
        "SUM, 1, 5",
        "DIFFERENCE, 100, 99",
        "DIFFERENCE, 101, 50",
        "PRODUCT, 10, 2",
        "PRODUCT, 9, 13"
    })
    void refusesWhatLiesBeyondThem(Operation operation, int first, int second) {
        assertThatThrownBy(() -> new Exercise(operation, first, second)).isInstanceOf(IllegalArgumentException.class);
    }
}
