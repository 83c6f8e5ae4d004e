package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.PromptText;
import dev.proxytune.Report;
import dev.proxytune.llama.ModelOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Holds the systems that a demonstration compares: the target alone, the expert alone, and the target steered. */
final class DemoSystems implements AutoCloseable {
    static final List<String> KEYS = List.of("base", "expert", "proxy");

    private final List<Generator> generators = new ArrayList<>();

    /** Load the models; those of a file are in memory once. */
    DemoSystems(ModelPlan plan, ModelLoader loader, ModelOptions options) {
        try {
            open(new ModelPlan(plan.target(), List.of()), loader, options);
            open(new ModelPlan(plan.pairs().getFirst().expert().orElseThrow(), List.of()), loader, options);
            open(plan, loader, options);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void open(ModelPlan plan, ModelLoader loader, ModelOptions options) {
        LanguageModel model = ModelOpener.open(plan, loader, _ -> options);
        try {
            generators.add(Generator.open(model));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** Let a system answer; its tokens come with traces where it is a proxy-tuned one. */
    Completion answer(
            int system,
            String question,
            float alpha,
            int most,
            Cancellation cancellation,
            Consumer<GenerationEvent> listener) {
        Generator generator = generators.get(system);
        var prompt = generator.model().tokenize(PromptText.of(question + "\n"));
        boolean steered = system == KEYS.size() - 1;
        var request = GenerationRequest.of(prompt)
                .withAlpha(alpha)
                .withMaxTokens(most)
                .withReport(steered ? Report.TRACE : Report.NONE);
        return generator.generate(request, cancellation, listener);
    }

    @Override
    public void close() {
        for (Generator generator : generators) {
            generator.close();
            generator.model().close();
        }
    }
}
