package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Steering;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.server.EngineOptions;
import dev.proxytune.server.LoadedModel;
import dev.proxytune.server.ServedModel;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Turns the options that describe a served model into what a server offers.
 *
 * @param command the command that declares the options
 */
record ServedMixins(
        CommandSpec command,
        ModelMixin models,
        EngineMixin engine,
        LogitsMixin logits,
        SpeculationMixin speculation,
        FormatMixin formats,
        DeviceMixin device) {
    private static final String FAMILY = "proxytune-family";

    /**
     * Return the model that the options name.
     *
     * @param name what clients call it, empty for what it is called itself
     * @throws ProxyTuneException if a file of it is missing
     */
    ServedModel named(String name, Console console, ModelLoader loader) {
        ModelPlan plan = models.plan(console);
        String called = name.isEmpty() ? models.name().replaceAll("\\s+", "-") : name;
        return served(called, plan, new FormatChoice.Auto(), false, console, loader);
    }

    /** Return the models that come with the project. */
    ServedModel family(String name, Console console, ModelLoader loader) {
        String called = name.isEmpty() ? FAMILY : name;
        return served(called, family(), new FormatChoice.Plain(), true, console, loader);
    }

    private ModelPlan family() {
        return FamilyMixin.home()
                .map(home -> FamilyMixin.plan(home.resolve("models")))
                .orElseThrow(() -> Usage.wrong(
                        command,
                        "Missing required option: '--target=<MODEL>', or --trio=<NAME>; only ./proxytune knows where"
                                + " the project's own models are"));
    }

    private ServedModel served(
            String name, ModelPlan plan, FormatChoice otherwise, boolean small, Console console, ModelLoader loader) {
        Steering steering = models.steering(plan.pairs().size());
        Map<Role, ModelOptions> options = options(small);
        EngineOptions size = engine.options(device.contextSize()).withSpeculation(speculation.speculation());
        formats.suggest(models.trioFormats());
        formats.check(plan);
        plan.requireFiles();
        ModelPlan located = plan.located(new ModelFiles(console));
        located.requireFiles();
        return Usage.value(
                command,
                "--name",
                () -> logits.served(engine.served(
                                located.pairs().isEmpty()
                                        ? ServedModel.single(name, () -> open(located, options, otherwise, loader))
                                        : ServedModel.trio(
                                                name,
                                                located.pairs()
                                                        .getFirst()
                                                        .expert()
                                                        .isPresent(),
                                                steering,
                                                () -> open(located, options, otherwise, loader))))
                        .withEngine(size)
                        .withExamples(small ? DemoCommand.QUESTIONS : List.of()));
    }

    private Map<Role, ModelOptions> options(boolean small) {
        Map<Role, ModelOptions> options = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            ModelOptions chosen = device.options(role);
            // Models as small as the project's own gain nothing from more.
            options.put(role, small && !device.hasThreads() ? chosen.withThreads(1) : chosen);
        }
        return options;
    }

    private LoadedModel open(
            ModelPlan plan, Map<Role, ModelOptions> options, FormatChoice otherwise, ModelLoader loader) {
        LanguageModel model = ModelOpener.open(plan, loader, role -> Objects.requireNonNull(options.get(role)));
        try {
            return new LoadedModel(model, formats.formats(model, otherwise, otherwise));
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }
}
