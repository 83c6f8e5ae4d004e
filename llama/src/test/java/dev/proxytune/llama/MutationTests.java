package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Steering;
import dev.proxytune.Vocabulary;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damage model files at random, and run in this process all that are not refused.
 *
 * <p>A file that llama.cpp ends the process for ends these tests; {@code target/mutation.txt} then names the case. Run
 * more cases, or others, with {@code -Dproxytune.mutations=N} and {@code -Dproxytune.mutations.seed=S}.
 */
class MutationTests {
    private static final int CASES = Integer.getInteger("proxytune.mutations", 3000);
    private static final long SEED = Long.getLong("proxytune.mutations.seed", 1);
    private static final Path LOG = Path.of("target", "mutation.txt");

    @TempDir
    private Path folder;

    @Test
    void refusesOrRunsDamagedFiles() throws IOException {
        var shape = SyntheticModel.Shape.tiny();
        var mutants = new Mutants(
                folder, SyntheticModel.of(shape, 1), SyntheticModel.of(shape.withMatrixType(TensorType.Q8_0), 2));
        int run = 0;
        for (int number = 0; number < CASES; number++) {
            Files.writeString(
                    LOG,
                    "seed " + SEED + ", case " + number + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING);
            Path file = folder.resolve("mutant.gguf");
            mutants.write(file, new Random(SEED * 1_000_003 + number));
            run += runs(file, number) ? 1 : 0;
        }
        System.out.println("> " + CASES + " damaged models from seed " + SEED + ", of which " + run + " ran");
        assertThat(run).isBetween(CASES / 50, CASES * 49 / 50);
    }

    private static boolean runs(Path file, int number) {
        try (var model = LlamaModel.load(file, TestModels.OPTIONS)) {
            exercise(model);
            return true;
        } catch (ProxyTuneException e) {
            assertThat(e.getMessage()).as("case %d", number).isNotBlank().doesNotContain("\n");
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + SEED + ", case " + number, e);
        }
    }

    private static void exercise(LlamaModel model) {
        Vocabulary vocabulary = model.vocabulary();
        int[] ids = vocabulary.tokenize("The thing is in there: naïve 中\0\ud83d\ude00 \ud800<|finish|>", true, true);
        int[] all = new int[Math.min(vocabulary.size(), 1000)];
        Arrays.setAll(all, id -> id);
        for (int id : all) {
            vocabulary.text(id);
            vocabulary.bytes(id);
            vocabulary.isPadding(id);
            vocabulary.isControl(id);
            vocabulary.isEndOfGeneration(id);
        }
        vocabulary.detokenize(all, true, true);
        vocabulary.detokenize(all, false, false);
        int[] prompt = Arrays.stream(ids)
                .filter(id -> id < vocabulary.size())
                .limit(50)
                .toArray();
        try (var decoder = model.open(new DecoderOptions(2, 64, 4))) {
            var batch = new Batch()
                    .start(1, prompt.length == 0 ? Prompt.of(0) : Prompt.of(prompt), Steering.DEFAULT, true)
                    .append(1, vocabulary.size() - 1, true);
            decoder.decode(batch);
            decoder.fork(1, 0);
            decoder.decode(batch.clear().append(0, 0, true).append(1, 0, true));
            decoder.row(1).copyTo(0, new float[vocabulary.size()], 0, vocabulary.size());
        }
    }
}
