package dev.proxytune.family;

import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.eval.Proportion;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Measure what proxy-tuning makes of a family of models, as in table 2 of Liu et al. 2024 (arXiv 2401.08565).
 *
 * <p>Every system answers every question of every suite, greedily; {@link Marking} judges all of them by the same
 * rules. The models stay open and are the caller's to close.
 */
public final class Reproduction {
    private final Family family;
    private final List<Float> alphas;
    private final Consumer<Progress> listener;

    /**
     * Prepare to measure.
     *
     * @param alphas the weights of the pair to measure, at least one
     * @param listener hears of each answer, in the thread that measures
     */
    public Reproduction(Family family, List<Float> alphas, Consumer<Progress> listener) {
        if (alphas.isEmpty()) {
            throw new IllegalArgumentException("there must be at least one alpha to measure");
        }
        this.family = family;
        this.alphas = List.copyOf(alphas);
        this.listener = listener;
    }

    /**
     * Name the models to measure.
     *
     * @param target the model to steer
     * @param expert the small tuned model
     * @param antiExpert the same model untuned
     * @param tuned the target tuned directly with the expert's data; without it no gap can be told
     */
    public record Family(
            LanguageModel target, LanguageModel expert, LanguageModel antiExpert, Optional<LanguageModel> tuned) {}

    /**
     * Tell how far a measurement is.
     *
     * @param system who answers
     * @param suite what is asked
     * @param answered the answers so far, of all systems to all suites
     * @param total the answers in all
     */
    public record Progress(Contender system, Suite suite, int answered, int total) {}

    /**
     * Measure all systems.
     *
     * @param suites the questions, at least one in each suite
     * @throws dev.proxytune.VocabularyMismatchException if the models do not go together
     * @throws dev.proxytune.CapacityException if their caches do not fit into memory
     */
    public ReproductionResult run(Map<Suite, List<Question>> suites) {
        List<Contender> systems = Contender.all(alphas, family.tuned().isPresent());
        int total =
                systems.size() * suites.values().stream().mapToInt(List::size).sum();
        int[] answered = {0};
        Map<Suite, Map<Contender, SuiteScore>> scores = new EnumMap<>(Suite.class);
        suites.forEach((suite, questions) -> {
            Map<Contender, SuiteScore> ofSuite = new LinkedHashMap<>();
            for (Contender system : systems) {
                IntConsumer progress = _ -> listener.accept(new Progress(system, suite, ++answered[0], total));
                ofSuite.put(system, measure(system, suite, questions, progress));
            }
            scores.put(suite, ofSuite);
        });
        return new ReproductionResult(scores);
    }

    private SuiteScore measure(Contender system, Suite suite, List<Question> questions, IntConsumer progress) {
        List<String> prompts = questions.stream().map(Question::prompt).toList();
        List<Reply> replies = Answering.answer(model(system), Steering.of(system.alpha()), prompts, progress);
        int right = 0;
        int counted = 0;
        for (int index = 0; index < questions.size(); index++) {
            Mark mark = Marking.mark(suite, questions.get(index), replies.get(index));
            right += mark.right() ? 1 : 0;
            counted += mark.counted() ? 1 : 0;
        }
        return new SuiteScore(new Proportion(right, questions.size()), new Proportion(counted, questions.size()));
    }

    /** The proxy-tuned model would close its parts, so nobody closes it. */
    private LanguageModel model(Contender system) {
        return switch (system.kind()) {
            case BASE -> family.target();
            case ANTI_EXPERT -> family.antiExpert();
            case EXPERT -> family.expert();
            case PROXY -> ProxyTunedModel.of(family.target(), family.expert(), family.antiExpert());
            case TUNED -> family.tuned().orElseThrow();
        };
    }
}
