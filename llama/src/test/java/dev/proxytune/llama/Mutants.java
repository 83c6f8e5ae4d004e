package dev.proxytune.llama;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.SyntheticModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Write models that are damaged at random. */
final class Mutants {
    private static final long[] NUMBERS = {
        0, 1, 2, 3, 7, 8, 13, 31, 255, 256, 4096, 65_535, 1 << 20, 1 << 28, Integer.MAX_VALUE, 1L << 31, 0xffff_ffffL
    };

    private final List<SyntheticModel> models;
    private final List<byte[]> files = new ArrayList<>();
    private final List<Integer> headers = new ArrayList<>();

    /** Take the models that are to be damaged, and a folder for their files. */
    Mutants(Path folder, SyntheticModel... models) throws IOException {
        this.models = List.of(models);
        for (SyntheticModel model : models) {
            Path file = folder.resolve("base.gguf");
            model.write(file);
            files.add(Files.readAllBytes(file));
            headers.add(Math.toIntExact(GgufFile.readHeader(file).dataOffset()));
        }
    }

    /** Write a damaged model: its bytes changed, or its metadata as a well-formed file. */
    void write(Path file, Random random) throws IOException {
        int base = random.nextInt(models.size());
        if (random.nextBoolean()) {
            SyntheticModel model = models.get(base);
            model.writer(change(model.metadata(), random)).write(file);
        } else {
            Files.write(file, damage(files.get(base), headers.get(base), random));
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
