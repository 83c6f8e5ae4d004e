package dev.proxytune.cli;

import dev.proxytune.tune.LoraSettings;
import dev.proxytune.tune.LoraSettings.Projection;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options of low-rank adapters. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class LoraMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--lora", description = "Train a LoRA adapter, and write that alone.")
    private boolean lora;

    @Option(
            names = "--rank",
            paramLabel = "N",
            defaultValue = "8",
            description = "Rank of its matrices; ${DEFAULT-VALUE} by default.")
    private int rank;

    @Option(
            names = "--lora-alpha",
            paramLabel = "A",
            description = "What it adds is multiplied by this and divided by the rank; twice the rank by default.")
    private @Nullable Float alpha;

    @Option(
            names = "--dropout",
            paramLabel = "SHARE",
            defaultValue = "0",
            description = "Share of what enters it that is left out at random; ${DEFAULT-VALUE} by default.")
    private float dropout;

    @Option(
            names = "--projections",
            paramLabel = "NAME",
            split = ",",
            description = "What it is added to: q, k, v, o, gate, up, down; all by default.")
    private @Nullable Set<Projection> projections;

    Optional<LoraSettings> settings() {
        for (String option : new String[] {"--rank", "--lora-alpha", "--dropout", "--projections"}) {
            Usage.require(lora || !Usage.isGiven(command, option), command, option + " belongs to --lora");
        }
        if (!lora) {
            return Optional.empty();
        }
        Set<Projection> chosen = projections == null ? EnumSet.allOf(Projection.class) : projections;
        return Optional.of(Usage.value(
                command, "--lora", () -> new LoraSettings(rank, alpha == null ? 2f * rank : alpha, dropout, chosen)));
    }
}
