package dev.proxytune.cli;

import dev.proxytune.Steering;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options that name models and weigh them. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ModelMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = {"-m", "--model", "--target"},
            paramLabel = "FILE",
            description = "The model to steer, a GGUF file.")
    private @Nullable Path target;

    @Option(
            names = "--expert",
            paramLabel = "FILE",
            description = "The small tuned model. May be given several times: the first --expert and the first"
                    + " --anti-expert are a pair, and so on.")
    private List<Path> experts = new ArrayList<>();

    @Option(
            names = "--anti-expert",
            paramLabel = "FILE",
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

    /** Return whether no model is named at all. */
    boolean isEmpty() {
        return target == null && lora == null && experts.isEmpty() && antiExperts.isEmpty() && expertLoras.isEmpty();
    }

    /** Return which files play which parts. */
    ModelPlan plan() {
        Path steered = target;
        if (steered == null) {
            throw Usage.wrong(command, "The model is missing: add --target FILE");
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
                        Role.TARGET,
                        steered,
                        Optional.ofNullable(lora).map(file -> new ModelPlan.Adapter(file, scale))),
                pairs);
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
            return Steering.DEFAULT;
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
            return List.of(new Alphas(alphas.isEmpty() ? "1" : String.join(",", alphas), steering(pairs)));
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
