package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damages files at random: whatever the bytes, they are accepted or refused, and nothing else happens. */
class MutationTests {
    private static final int CASES = Integer.getInteger("proxytune.mutations", 6000);
    private static final long[] NUMBERS = {
        0,
        1,
        2,
        8,
        9,
        13,
        255,
        65_536,
        1 << 28,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        Long.MAX_VALUE,
        -1,
        Long.MIN_VALUE
    };

    @TempDir
    Path directory;

    @Test
    void damagedFilesAreAcceptedOrRefusedAndNothingElse() throws IOException {
        Path path = directory.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(path);
        byte[] good = Files.readAllBytes(path);
        int header = (int) GgufFile.readHeader(path).dataOffset();
        int refused = 0;
        for (long seed = 0; seed < CASES; seed++) {
            refused += refuses(damage(good, header, new SplittableRandom(seed)), seed) ? 1 : 0;
        }
        // Both outcomes must occur often, or the damage would test nothing.
        assertThat(refused).isBetween(CASES / 2, CASES * 19 / 20);
    }

    private static boolean refuses(byte[] bytes, long seed) {
        try {
            ModelCheck.requireModel(GgufHeader.read(new MemorySource(ByteBuffer.wrap(bytes))));
            return false;
        } catch (InvalidModelException e) {
            assertThat(e.getMessage())
                    .as("seed %s", seed)
                    .startsWith("memory: ")
                    .doesNotContain("\n");
            return true;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            throw new AssertionError("seed " + seed + " of " + MutationTests.class.getName(), e);
        }
    }

    private static byte[] damage(byte[] good, int header, SplittableRandom random) {
        byte[] bytes = good.clone();
        int times = random.nextInt(1, 4);
        for (int i = 0; i < times; i++) {
            int at = random.nextInt(Math.min(bytes.length - 8, random.nextBoolean() ? header : 1500));
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
