package dev.proxytune.cli;

import dev.proxytune.Steering;
import dev.proxytune.hub.Trio;
import dev.proxytune.hub.TrioFormats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options that name models and weigh them. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ModelMixin {
    private static final String TRIO = "--trio";

    private static final List<String> MODELS =
            List.of("--target", "--expert", "--anti-expert", "--lora", "--expert-lora");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-m", "--model", "--target"},
            paramLabel = "MODEL",
            description = "The model to steer: a GGUF file, or a model of the Hugging Face hub such as owner/repo,"
                    + " owner/repo:Q8_0 or owner/repo/file.gguf, which is fetched if it is not in the cache.")
    private @Nullable Path target;

    @Option(
            names = TRIO,
            paramLabel = "NAME",
            description = "A trio of the catalogue in place of --target, --expert and --anti-expert; its weight is the"
                    + " default of --alpha.")
    private @Nullable String trio;

    @Mixin
    private CatalogueMixin catalogue;

    @Option(
            names = "--expert",
            paramLabel = "MODEL",
            description = "The small tuned model. May be given several times: the first --expert and the first"
                    + " --anti-expert are a pair, and so on.")
    private List<Path> experts = new ArrayList<>();

    @Option(
            names = "--anti-expert",
            paramLabel = "MODEL",
            description = "The small model as it was before tuning. As many as experts, or none; alone it is only"
                    + " subtracted.")
    private List<Path> antiExperts = new ArrayList<>();

    @Option(
            names = "--alpha",
            paramLabel = "A",
            description = "How strongly the pairs steer: one number for all pairs, or one --alpha for each; 1 is the"
                    + " paper's setting and the default, 0 the target alone.")
    private List<String> alphas = new ArrayList<>();

    @Option(names = "--lora", paramLabel = "FILE", description = "A LoRA adapter for the target, a GGUF file.")
    private @Nullable Path lora;

    @Option(
            names = "--expert-lora",
            paramLabel = "FILE",
            description = "A LoRA adapter for the expert. Without --expert, the expert is the anti-expert with this"
                    + " adapter, and shares its weights. One for each pair.")
    private List<Path> expertLoras = new ArrayList<>();

    @Option(
            names = "--lora-scale",
            paramLabel = "S",
            description = "What the changes of all adapters are multiplied by; 1 by default.")
    private @Nullable Float loraScale;

    private float trioAlpha = 1;
    private Optional<TrioFormats> trioFormats = Optional.empty();

    /** Return whether no model is named at all. */
    boolean isEmpty() {
        return trio == null
                && target == null
                && lora == null
                && experts.isEmpty()
                && antiExperts.isEmpty()
                && expertLoras.isEmpty();
    }

    /** Return what the models are best called: by the trio, or the target's file. */
    String name() {
        if (trio != null) {
            return trio;
        }
        Path file = target == null ? null : target.getFileName();
        return file == null ? "model" : file.toString().replaceFirst("\\.gguf$", "");
    }

    /** Return which models play which parts: paths or references, which {@link ModelPlan#located} turns into files. */
    ModelPlan plan(Console console) {
        String name = trio;
        boolean named = MODELS.stream().anyMatch(option -> Usage.isGiven(command, option));
        // What stands on the command line goes before what the environment says.
        if (name != null && (!named || Usage.isGiven(command, TRIO))) {
            Usage.require(!named, command, TRIO + " names all models: leave " + String.join(", ", MODELS) + " out");
            return planOfTrio(name, console);
        }
        Path model = target;
        if (model == null) {
            throw Usage.wrong(command, "Missing required option: '--target=<MODEL>', or --trio=<NAME>");
        }
        Usage.require(
                experts.isEmpty() || antiExperts.isEmpty() || experts.size() == antiExperts.size(),
                command,
                count(experts.size(), "--expert") + " and " + count(antiExperts.size(), "--anti-expert")
                        + " make no pairs: give as many of one as of the other, or none of one");
        List<Path> bases = experts.isEmpty() ? antiExperts : experts;
        Usage.require(
                expertLoras.isEmpty() || !bases.isEmpty(),
                command,
                "--expert-lora needs the model it was trained on: add --anti-expert, or --expert");
        Usage.require(
                expertLoras.isEmpty() || expertLoras.size() == bases.size(),
                command,
                count(expertLoras.size(), "--expert-lora") + " for " + count(bases.size(), "pair")
                        + ": give one for each pair");
        float scale = scale();
        List<ModelPlan.Pair> pairs = new ArrayList<>();
        for (int pair = 0; pair < bases.size(); pair++) {
            pairs.add(pair(bases, pair, scale));
        }
        return new ModelPlan(
                new ModelPlan.Part(
                        Role.TARGET, model, Optional.ofNullable(lora).map(file -> new ModelPlan.Adapter(file, scale))),
                pairs);
    }

    private ModelPlan planOfTrio(String name, Console console) {
        Trio found = Trios.load(new Hub(console), catalogue.place(), console).get(name);
        trioAlpha = found.alpha();
        trioFormats = Optional.of(found.formats());
        return Trios.plan(found);
    }

    /** Return how the trio's models read prompts, once {@link #plan} has found it; empty if no trio is named. */
    Optional<TrioFormats> trioFormats() {
        return trioFormats;
    }

    private ModelPlan.Pair pair(List<Path> bases, int pair, float scale) {
        Optional<ModelPlan.Adapter> adapter = expertLoras.isEmpty()
                ? Optional.empty()
                : Optional.of(new ModelPlan.Adapter(expertLoras.get(pair), scale));
        boolean hasExpert = !experts.isEmpty() || adapter.isPresent();
        return new ModelPlan.Pair(
                hasExpert ? Optional.of(new ModelPlan.Part(Role.EXPERT, bases.get(pair), adapter)) : Optional.empty(),
                antiExperts.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new ModelPlan.Part(Role.ANTI_EXPERT, antiExperts.get(pair), Optional.empty())));
    }

    /** Return the weights of that many pairs. */
    Steering steering(int pairs) {
        if (alphas.isEmpty()) {
            return trioAlpha == 1 ? Steering.DEFAULT : Steering.of(trioAlpha);
        }
        Usage.require(
                pairs > 0 || !Usage.isGiven(command, "--alpha"),
                command,
                "--alpha weighs experts, and there is none: add --expert or --anti-expert");
        Usage.require(
                pairs == 0 || alphas.size() == 1 || alphas.size() == pairs,
                command,
                count(alphas.size(), "--alpha") + " for " + count(pairs, "pair")
                        + ": give one for all, or one for each");
        float[] weights = new float[alphas.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Alphas.number(command, alphas.get(i));
        }
        return Usage.value(command, "--alpha", () -> Steering.of(weights));
    }

    /** Return the weights that are to be tried one after the other: those of a range, or what {@link #steering} gives. */
    List<Alphas> sweep(int pairs) {
        if (alphas.size() != 1 || !alphas.getFirst().contains(":")) {
            return List.of(new Alphas(
                    alphas.isEmpty() ? Alphas.written(trioAlpha) : String.join(",", alphas), steering(pairs)));
        }
        Usage.require(pairs > 0, command, "--alpha weighs experts, and there is none: add --expert or --anti-expert");
        return Alphas.range(command, alphas.getFirst());
    }

    private float scale() {
        if (loraScale == null) {
            return 1;
        }
        Usage.require(Float.isFinite(loraScale), command, "--lora-scale must be a finite number, got: " + loraScale);
        Usage.require(
                lora != null || !expertLoras.isEmpty() || !Usage.isGiven(command, "--lora-scale"),
                command,
                "--lora-scale needs an adapter: add --lora or --expert-lora");
        return loraScale;
    }

    private static String count(int number, String thing) {
        return number + " " + thing + (number == 1 || thing.startsWith("--") ? "" : "s");
    }
}
