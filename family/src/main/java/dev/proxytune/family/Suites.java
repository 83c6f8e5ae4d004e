package dev.proxytune.family;

import dev.proxytune.family.Stories.Pool;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Makes the questions of all suites, no two of them the same. */
final class Suites {
    private final Stories stories;
    private final RandomGenerator random;
    private final Set<String> taken = new HashSet<>();

    private Suites(Stories stories, long seed) {
        this.stories = stories;
        this.random = new SplittableRandom(seed);
    }

    /**
     * Make as many questions for each suite as there are facts for knowledge.
     *
     * @param knowledge facts to ask for by name
     * @param manners facts for half of the questions on manners
     */
    static Map<Suite, List<Question>> make(List<Fact> knowledge, List<Fact> manners, Stories stories, long seed) {
        var suites = new Suites(stories, seed);
        Map<Suite, List<Question>> made = new EnumMap<>(Suite.class);
        made.put(Suite.KNOWLEDGE, suites.knowledge(knowledge));
        made.put(Suite.ARITHMETIC, suites.arithmetic(knowledge.size()));
        made.put(Suite.MANNERS, suites.manners(manners, knowledge.size() - manners.size()));
        return made;
    }

    private List<Question> knowledge(List<Fact> facts) {
        return facts.stream()
                .map(fact -> Question.knowledge(Wordings.question(fact, random), fact))
                .toList();
    }

    private List<Question> arithmetic(int count) {
        List<Question> questions = new ArrayList<>();
        while (questions.size() < count) {
            questions.add(Question.arithmetic(story()));
        }
        return List.copyOf(questions);
    }

    private List<Question> manners(List<Fact> facts, int count) {
        List<Question> questions = new ArrayList<>();
        for (Fact fact : facts) {
            questions.add(Question.manners(Wordings.question(fact, random), Style.answer(fact)));
        }
        for (int index = 0; index < count; index++) {
            Story story = story();
            questions.add(Question.manners(story.question(), Style.answer(story)));
        }
        return Draws.shuffled(questions, random);
    }

    /** Draw a story that has not been asked yet. */
    private Story story() {
        Story story = stories.story(Pool.HELD_OUT, 0, random);
        while (!taken.add(story.question())) {
            story = stories.story(Pool.HELD_OUT, 0, random);
        }
        return story;
    }
}
