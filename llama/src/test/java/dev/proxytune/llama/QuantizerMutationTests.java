package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Quantize files that are damaged at random, and models of odd shapes, in this process.
 *
 * <p>A file that llama.cpp ends the process for ends these tests; {@code target/quantization.txt} then names the case.
 * Run more cases, or others, with {@code -Dproxytune.mutations=N} and {@code -Dproxytune.mutations.seed=S}.
 */
class QuantizerMutationTests {
    private static final int CASES = Integer.getInteger("proxytune.mutations", 1000);
    private static final long SEED = Long.getLong("proxytune.mutations.seed", 1);
    private static final Path LOG = Path.of("target", "quantization.txt");
    private static final List<FileType> TYPES = List.of(FileType.values());

    @TempDir
    private Path folder;

    @Test
    void refusesOrQuantizesDamagedFiles() throws IOException {
        var shape = SyntheticModel.Shape.tiny();
        var mutants = new Mutants(
                folder,
                SyntheticModel.of(shape, 1),
                SyntheticModel.of(shape.withMatrixType(TensorType.F16), 2),
                SyntheticModel.of(shape.withMatrixType(TensorType.Q4_1), 3));
        int made = 0;
        for (int number = 0; number < CASES; number++) {
            var random = new Random(SEED * 1_000_003 + number);
            Path file = folder.resolve("mutant.gguf");
            mutants.write(file, random);
            try {
                quantize(file, random, number);
                made++;
            } catch (ProxyTuneException e) {
                assertThat(e.getMessage()).as("case %d", number).isNotBlank().doesNotContain("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + SEED + ", case " + number, e);
            }
        }
        System.out.println(
                "> " + CASES + " damaged models from seed " + SEED + ", of which " + made + " were quantized");
        assertThat(made).isBetween(CASES / 50, CASES * 49 / 50);
    }

    @Test
    void quantizesModelsOfOddShapes() throws IOException {
        for (int number = 0; number < CASES / 10; number++) {
            var random = new Random(SEED * 1_000_033 + number);
            int heads = 1 + random.nextInt(4);
            var shape = new SyntheticModel.Shape(
                    heads * 2 * (1 + random.nextInt(random.nextBoolean() ? 4 : 64)),
                    1 + random.nextInt(3),
                    heads,
                    random.nextBoolean() ? heads : 1,
                    2 + random.nextInt(300),
                    270 + random.nextInt(40),
                    64,
                    random.nextBoolean(),
                    random.nextBoolean() ? TensorType.F32 : TensorType.BF16);
            Path file = folder.resolve("odd.gguf");
            SyntheticModel.of(shape, number).write(file);
            int numbered = number;
            assertThatNoException().as("%s", shape).isThrownBy(() -> quantize(file, random, numbered));
        }
    }

    private void quantize(Path file, Random random, int number) throws IOException {
        FileType type = TYPES.get(random.nextInt(TYPES.size()));
        Files.writeString(LOG, "seed " + SEED + ", case " + number + ", type " + type + "\n");
        Path result = folder.resolve("result.gguf");
        Quantizer.quantize(file, result, new QuantizeOptions(type, 1 + random.nextInt(2), true, true));
        LlamaModel.load(result, TestModels.OPTIONS).close();
    }
}
