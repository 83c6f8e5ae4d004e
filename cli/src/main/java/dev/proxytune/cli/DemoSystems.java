package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.PromptText;
import dev.proxytune.Report;
import dev.proxytune.Speculation;
import dev.proxytune.llama.ModelOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Holds the systems that a demonstration compares: the target alone, the expert alone, and the target steered. Each is
 * loaded when it is first asked, so that the first token need not wait for the others.
 */
final class DemoSystems implements AutoCloseable {
    static final List<String> KEYS = List.of("base", "expert", "proxy");

    private final List<ModelPlan> plans;
    private final ModelLoader loader;
    private final ModelOptions options;
    private final List<Generator> generators = new ArrayList<>();

    /**
     * Prepare to load models; those of a file are in memory once.
     *
     * @param plan a target and one pair
     */
    DemoSystems(ModelPlan plan, ModelLoader loader, ModelOptions options) {
        ModelPlan.Part expert = plan.pairs().getFirst().expert().orElseThrow();
        this.plans = List.of(new ModelPlan(plan.target(), List.of()), new ModelPlan(expert, List.of()), plan);
        this.loader = loader;
        this.options = options;
    }

    /**
     * Let a system answer; its tokens come with traces where it is the steered one.
     *
     * @param system its place in {@link #KEYS}, asked for the first time after those before it
     */
    Completion answer(
            int system,
            String question,
            float alpha,
            int most,
            Cancellation cancellation,
            Consumer<GenerationEvent> listener) {
        if (system == generators.size()) {
            generators.add(open(plans.get(system)));
        }
        Generator generator = generators.get(system);
        var prompt = generator.model().tokenize(PromptText.of(question + "\n"));
        boolean steered = !plans.get(system).pairs().isEmpty();
        var request = GenerationRequest.of(prompt)
                .withAlpha(alpha)
                .withMaxTokens(most)
                .withReport(steered ? Report.TRACE : Report.NONE);
        return generator.generate(request, cancellation, listener);
    }

    private Generator open(ModelPlan plan) {
        LanguageModel model = ModelOpener.open(plan, loader, _ -> options);
        try {
            return Generator.open(model, DecoderOptions.DEFAULT, Speculation.AUTO);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    @Override
    public void close() {
        for (Generator generator : generators) {
            generator.close();
            generator.model().close();
        }
    }
}
