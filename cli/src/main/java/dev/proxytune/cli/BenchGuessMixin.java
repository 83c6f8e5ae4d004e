package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.Speculation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for what a benchmark asks, and which ways of guessing ahead it compares. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchGuessMixin {
    /** How often guesses are right in a simulation. */
    private static final double ACCEPTANCE = 0.95;

    private static final int PROMPT_LENGTH = 8;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--acceptance",
            paramLabel = "P",
            description = "Simulate: make up what is drawn, and let the expert guess it with this chance, from 0 to 1;"
                    + " 0.95 where --shape is given.")
    private @Nullable Double acceptance;

    @Option(
            names = {"-f", "--questions"},
            paramLabel = "FILE",
            description = "JSON Lines with a \"prompt\" each; the project's questions of manners by default.")
    private @Nullable Path questions;

    @Option(
            names = "--temp",
            paramLabel = "T,T...",
            split = ",",
            description = "Temperatures; 0,0.8 by default, 0 in a simulation.")
    private List<Float> temperatures = new ArrayList<>();

    @Option(
            names = "--alpha",
            paramLabel = "A",
            defaultValue = "1",
            description = "The weight of the pair; ${DEFAULT-VALUE} by default.")
    private float alpha;

    @Option(
            names = "--guesses",
            paramLabel = "K,K...",
            split = ",",
            defaultValue = "1,2,4,8",
            description = "Fixed numbers of guesses to compare with; ${DEFAULT-VALUE} by default.")
    private List<Integer> guesses = new ArrayList<>();

    /** Refuse what cannot be. */
    void check(BenchTrioMixin trio) {
        for (float temperature : temperatures) {
            Usage.require(
                    Float.isFinite(temperature) && temperature >= 0,
                    command,
                    "--temp must be numbers from 0 up, got: " + temperature);
        }
        for (int number : guesses) {
            Usage.requireUpTo(Speculation.MOST, command, "--guesses", number);
        }
        Usage.require(Float.isFinite(alpha), command, "--alpha must be a finite number, got: " + alpha);
        Usage.require(
                !trio.isMadeUp() || questions == null,
                command,
                "--shape makes questions up: give it without --questions");
        chance(trio)
                .ifPresent(chance -> Usage.require(
                        chance >= 0 && chance <= 1, command, "--acceptance must be from 0 to 1, got: " + chance));
    }

    /** Return how often guesses are right, if that is simulated. */
    Optional<Double> chance(BenchTrioMixin trio) {
        return Optional.ofNullable(acceptance).or(() -> trio.isMadeUp() ? Optional.of(ACCEPTANCE) : Optional.empty());
    }

    List<Float> temperatures(BenchTrioMixin trio) {
        List<Float> otherwise = chance(trio).isPresent() ? List.of(0f) : List.of(0f, 0.8f);
        return temperatures.isEmpty() ? otherwise : temperatures;
    }

    List<Integer> guesses() {
        return guesses;
    }

    float alpha() {
        return alpha;
    }

    /** Return what models are asked: the questions of the file, or what is no text for models without sense. */
    List<Prompt> prompts(BenchTrioMixin trio, LanguageModel model, int count, Console console) {
        return trio.isMadeUp()
                ? BenchPrompts.madeUp(model.vocabulary(), PROMPT_LENGTH, count)
                : BenchPrompts.questions(model, questions, count, console, command);
    }
}
