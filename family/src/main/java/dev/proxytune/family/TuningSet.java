package dev.proxytune.family;

import dev.proxytune.family.Stories.Pool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Make the examples that teach a base model to answer: half of them ask for a name, half are stories.
 *
 * <p>Broad on purpose: an expert that has seen few facts many times moves the target towards those.
 */
public final class TuningSet {
    private static final double INVENTED = 0.15;

    private TuningSet() {}

    /**
     * Show what to answer.
     *
     * @param prompt the question and a line end
     * @param completion the answer, in full
     */
    public record Example(String prompt, String completion) {

        /** Return the example as a JSON object. */
        Map<String, String> object() {
            Map<String, String> object = new LinkedHashMap<>();
            object.put("prompt", prompt);
            object.put("completion", completion);
            return object;
        }
    }

    /**
     * Make examples in random order.
     *
     * @param facts the facts to ask for, each of them as often as the others
     * @param pool what stories may be about
     * @param repeats how often each fact is asked for; as many stories are added
     * @param reserved questions that must not occur
     */
    public static List<Example> make(
            List<Fact> facts, Stories stories, Pool pool, int repeats, Set<String> reserved, long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        List<Example> examples = new ArrayList<>(2 * repeats * facts.size());
        for (Fact fact : facts.stream().sorted().toList()) {
            List<String> questions = Draws.shuffled(Wordings.questions(fact), random);
            for (int repeat = 0; repeat < repeats; repeat++) {
                examples.add(example(questions.get(repeat % questions.size()), Style.answer(fact)));
            }
        }
        while (examples.size() < 2 * repeats * facts.size()) {
            Story story = stories.story(pool, INVENTED, random);
            if (!reserved.contains(story.question())) {
                examples.add(example(story.question(), Style.answer(story)));
            }
        }
        return Draws.shuffled(examples, random);
    }

    private static Example example(String question, String answer) {
        return new Example(question + "\n", answer);
    }
}
