package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Make the prompts of benchmarks: of texts, or of any tokens. */
final class BenchPrompts {
    private BenchPrompts() {}

    /**
     * Return the first questions of a file as a model reads them.
     *
     * @param file JSON Lines with a {@code prompt} each; null for the project's questions of manners
     */
    static List<Prompt> questions(
            LanguageModel model, @Nullable Path file, int most, Console console, CommandSpec command) {
        return Questions.read(file == null ? ownQuestions(command) : file, most, console).stream()
                .map(text -> model.tokenize(PromptText.of(text)))
                .toList();
    }

    private static Path ownQuestions(CommandSpec command) {
        return FamilyMixin.home()
                .map(home -> home.resolve("models").resolve("suites").resolve("manners.jsonl"))
                .orElseThrow(() -> Usage.wrong(
                        command, "--questions is missing: only ./proxytune knows where the project's own are"));
    }

    /** Return prompts of a length that begin with one text each, and go on with the next ones where it is too short. */
    static List<Prompt> ofLength(List<Prompt> texts, int length, int count) {
        List<Prompt> prompts = new ArrayList<>();
        for (int first = 0; first < count; first++) {
            int[] tokens = new int[length];
            int filled = 0;
            for (int next = first; filled < length; next++) {
                int[] text = texts.get(next % texts.size()).tokens();
                int taken = Math.min(text.length, length - filled);
                System.arraycopy(text, 0, tokens, filled, taken);
                filled += taken;
            }
            prompts.add(Prompt.of(tokens));
        }
        return prompts;
    }

    /** Return prompts of consecutive tokens, no two the same as far as the vocabulary reaches. */
    static List<Prompt> madeUp(Vocabulary vocabulary, int length, int count) {
        int[] ids = ordinaryTokens(vocabulary, length * count);
        return IntStream.range(0, ids.length / length)
                .mapToObj(number -> Prompt.of(Arrays.copyOfRange(ids, number * length, (number + 1) * length)))
                .toList();
    }

    /** Return prompts of random tokens; two of them hardly ever begin alike, so that nothing is kept from one to the next. */
    static List<Prompt> random(Vocabulary vocabulary, int length, int count, long seed) {
        int[] ids = ordinaryTokens(vocabulary, vocabulary.size());
        var random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(_ -> Prompt.of(random.ints(length, 0, ids.length)
                        .map(index -> ids[index])
                        .toArray()))
                .toList();
    }

    /** Forbid the tokens that end an answer. */
    static Map<Integer, Float> endTokens(Vocabulary vocabulary) {
        Map<Integer, Float> banned = new HashMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.isEndOfGeneration(id)) {
                banned.put(id, Float.NEGATIVE_INFINITY);
            }
        }
        return banned;
    }

    /** Return the first tokens of a vocabulary that are text, at most {@code most}. */
    static int[] ordinaryTokens(Vocabulary vocabulary, int most) {
        int[] ids = new int[most];
        int count = 0;
        for (int id = 0; id < vocabulary.size() && count < ids.length; id++) {
            if (!vocabulary.isControl(id) && !vocabulary.isEndOfGeneration(id)) {
                ids[count++] = id;
            }
        }
        return Arrays.copyOf(ids, Math.max(count, 1));
    }
}
