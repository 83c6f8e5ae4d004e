package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Steering;
import dev.proxytune.Vocabulary;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
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
    private static final long[] NUMBERS = {
        0, 1, 2, 3, 7, 8, 13, 31, 255, 256, 4096, 65_535, 1 << 20, 1 << 28, Integer.MAX_VALUE, 1L << 31, 0xffff_ffffL
    };

    @TempDir
    static Path folder;

    private static final List<SyntheticModel> MODELS = new ArrayList<>();
    private static final List<byte[]> FILES = new ArrayList<>();
    private static final List<Integer> HEADERS = new ArrayList<>();

    @BeforeAll
    static void write() throws IOException {
        var shape = SyntheticModel.Shape.tiny();
        MODELS.add(SyntheticModel.of(shape, 1));
        MODELS.add(SyntheticModel.of(shape.withMatrixType(TensorType.Q8_0), 2));
        for (SyntheticModel model : MODELS) {
            Path file = folder.resolve("base.gguf");
            model.write(file);
            FILES.add(Files.readAllBytes(file));
            HEADERS.add(Math.toIntExact(GgufFile.readHeader(file).dataOffset()));
        }
    }

    @Test
    void refusesOrRunsDamagedFiles() throws IOException {
        int run = 0;
        for (int number = 0; number < CASES; number++) {
            Files.writeString(
                    LOG,
                    "seed " + SEED + ", case " + number + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING);
            Path file = folder.resolve("mutant.gguf");
            mutate(file, new Random(SEED * 1_000_003 + number));
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

    /** Write a damaged model: its bytes changed, or its metadata as a well-formed file. */
    private static void mutate(Path file, Random random) throws IOException {
        int base = random.nextInt(MODELS.size());
        if (random.nextBoolean()) {
            SyntheticModel model = MODELS.get(base);
            model.writer(change(model.metadata(), random)).write(file);
        } else {
            Files.write(file, damage(FILES.get(base), HEADERS.get(base), random));
        }
    }

    private static Metadata change(Metadata metadata, Random random) {
        Metadata.Builder builder = metadata.toBuilder();
        List<String> keys = List.copyOf(metadata.values().keySet());
        int times = 1 + random.nextInt(2);
        for (int i = 0; i < times; i++) {
            String key = keys.get(random.nextInt(keys.size()));
            long number = NUMBERS[random.nextInt(NUMBERS.length)];
            MetadataValue value = metadata.value(key).orElseThrow();
            switch (random.nextInt(5)) {
                case 0 -> builder.remove(key);
                case 1 -> builder.putUnsigned(key, number);
                case 2 -> {
                    if (value instanceof MetadataValue.Real) {
                        builder.put(key, random.nextInt(3) == 0 ? Float.NaN : (float) number);
                    } else if (value instanceof NumberArray array) {
                        int[] numbers = new int[array.size()];
                        Arrays.setAll(numbers, at -> (int) array.longAt(at));
                        numbers[random.nextInt(numbers.length)] = random.nextInt(8);
                        builder.put(key, NumberArray.of(numbers));
                    } else if (value instanceof MetadataValue.Text) {
                        builder.put(
                                key,
                                List.of("", "llama", "qwen2", "gpt2", "spm", "bert", "t5", "default", "gemma3")
                                        .get(random.nextInt(9)));
                    } else {
                        builder.putUnsigned(key, number);
                    }
                }
                case 3 ->
                    builder.put(
                            key,
                            metadata.value(keys.get(random.nextInt(keys.size())))
                                    .orElseThrow());
                default ->
                    metadata.strings(stringsKey(key)).ifPresent(texts -> {
                        List<String> changed = new ArrayList<>(texts);
                        int at = random.nextInt(changed.size());
                        switch (random.nextInt(4)) {
                            case 0 -> changed.remove(at);
                            case 1 -> changed.set(at, "");
                            case 2 -> changed.set(at, changed.get(random.nextInt(changed.size())));
                            default -> changed.set(at, "\ud83d\ude00 \0x");
                        }
                        builder.putStrings(stringsKey(key), changed);
                    });
            }
        }
        return builder.build();
    }

    private static String stringsKey(String key) {
        return key.length() % 2 == 0 ? "tokenizer.ggml.tokens" : "tokenizer.ggml.merges";
    }

    private static byte[] damage(byte[] good, int header, Random random) {
        byte[] bytes = good.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            int reach = random.nextInt(3) == 0 ? bytes.length : random.nextBoolean() ? header : 1500;
            int at = random.nextInt(Math.min(bytes.length - 8, reach));
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 ->
                    ByteBuffer.wrap(bytes)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(at, NUMBERS[random.nextInt(NUMBERS.length)]);
                case 3 ->
                    System.arraycopy(good, random.nextInt(header - 40), bytes, at, Math.min(32, bytes.length - at));
                default -> {
                    if (random.nextInt(4) == 0) {
                        bytes = Arrays.copyOf(bytes, Math.max(16, random.nextInt(bytes.length)));
                    }
                }
            }
        }
        return bytes;
    }
}
