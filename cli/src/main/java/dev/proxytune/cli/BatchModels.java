package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Sampling;
import dev.proxytune.batch.BatchEngine;
import dev.proxytune.batch.BatchModel;
import dev.proxytune.batch.BatchSettings;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.openai.RequestDefaults;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Declare the options for what answers the rows of a batch, and how. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BatchModels {
    /** As much as the server gives each answer. */
    private static final int USUAL_CONTEXT = 4096;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Mixin(name = "Models")
    private ModelMixin models;

    @Mixin(name = "Prompt formats")
    private FormatMixin formats;

    @Mixin(name = "Sampling and length")
    private SamplingMixin sampling;

    @Mixin(name = "Memory, threads and devices")
    private DeviceMixin device;

    /** Return the files that are needed, which are there; refuses options that cannot be. */
    ModelPlan plan(Console console) {
        ModelPlan plan = models.plan(console);
        models.steering(plan.pairs().size());
        options();
        settings();
        formats.check(plan);
        plan.requireFiles();
        ModelPlan located = plan.located(new ModelFiles(console));
        located.requireFiles();
        return located;
    }

    private Map<Role, ModelOptions> options() {
        Map<Role, ModelOptions> options = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            options.put(role, device.options(role));
        }
        return options;
    }

    /** Load the models of a plan and open what answers rows with them. */
    BatchEngine open(ModelPlan plan, ModelLoader loader, int sequences) {
        Map<Role, ModelOptions> options = options();
        LanguageModel model = ModelOpener.open(plan, loader, role -> Objects.requireNonNull(options.get(role)));
        BatchModel read;
        try {
            read = read(model, plan);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
        int context = device.contextSize() > 0 ? device.contextSize() : Math.min(model.contextLength(), USUAL_CONTEXT);
        return BatchEngine.open(read, sequences, context, settings(), new LlamaGrammars());
    }

    private BatchModel read(LanguageModel model, ModelPlan plan) {
        Optional<PromptFormats> prompts = formats.isGiven()
                ? Optional.of(formats.formats(model, new FormatChoice.Plain(), new FormatChoice.Plain()))
                : Optional.empty();
        PromptFormats conversations = formats.formats(model, new FormatChoice.Auto(), new FormatChoice.Auto());
        return new BatchModel(
                models.name(),
                model,
                prompts,
                conversations,
                formats.system(),
                models.steering(plan.pairs().size()));
    }

    private BatchSettings settings() {
        Sampling rows = sampling.sampling();
        List<String> stops = sampling.stops(true);
        int predict = sampling.predict();
        int most = predict < 0 ? Integer.MAX_VALUE : predict;
        RequestDefaults usual = RequestDefaults.openAi();
        boolean drawn = rows.temperature() != 0 || Usage.isGiven(command, "--temp");
        boolean measured = predict != SamplingMixin.USUAL_LENGTH || Usage.isGiven(command, "--predict");
        var bodies = new RequestDefaults(
                drawn ? rows : rows.withTemperature(usual.sampling().temperature()),
                measured ? most : usual.chatTokens(),
                measured ? most : usual.textTokens(),
                stops);
        return new BatchSettings(new RequestDefaults(rows, most, most, stops), bodies, rows.seed());
    }

    /** Return what the answers depend on, besides the rows. */
    Map<String, @Nullable Object> describe(ModelPlan plan) {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        plan.describe(settings);
        int pairs = plan.pairs().size();
        settings.put("alpha", pairs == 0 ? null : models.sweep(pairs).getFirst().text());
        formats.describe(settings);
        sampling.describe(settings);
        RequestDefaults bodies = settings().bodies();
        settings.put("body_temperature", Json.number(bodies.sampling().temperature()));
        settings.put("body_tokens", bodies.textTokens());
        settings.put("context", device.contextSize());
        return settings;
    }
}
