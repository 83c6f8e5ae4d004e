package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HeaderRefusalTests {
    @TempDir
    Path directory;

    /** Collects little-endian bytes. */
    private static final class Raw {
        private final ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

        Raw start(int version, long tensors, long keys) {
            return text("GGUF").u32(version).u64(tensors).u64(keys);
        }

        Raw u32(int value) {
            bytes.putInt(value);
            return this;
        }

        Raw u64(long value) {
            bytes.putLong(value);
            return this;
        }

        Raw text(String value) {
            bytes.put(value.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        Raw string(String value) {
            return u64(value.getBytes(StandardCharsets.UTF_8).length).text(value);
        }

        Raw tensor(String name, int type, long offset, long... shape) {
            string(name).u32(shape.length);
            for (long length : shape) {
                u64(length);
            }
            return u32(type).u64(offset);
        }

        Raw data(int count) {
            int padding = -bytes.position() & 31;
            bytes.position(bytes.position() + padding + count);
            return this;
        }

        byte[] toBytes() {
            var copy = new byte[bytes.position()];
            bytes.get(0, copy);
            return copy;
        }
    }

    private static Arguments refusal(String name, Consumer<Raw> contents, String... words) {
        var raw = new Raw();
        contents.accept(raw);
        return Arguments.of(name, raw.toBytes(), words);
    }

    static Stream<Arguments> refusals() {
        return Stream.concat(badStarts(), Stream.concat(badMetadata(), badTensors()));
    }

    private static Stream<Arguments> badStarts() {
        return Stream.of(
                refusal("empty", r -> {}, "the file is empty"),
                refusal("text", r -> r.text("hello, this is no model"), "68656c6c", "'GGUF'"),
                refusal("short magic", r -> r.text("GG"), "ends inside the magic number", "byte 0 of 2"),
                refusal("reversed magic", r -> r.text("FUGG").u64(0), "reversed"),
                refusal("version 1", r -> r.start(1, 0, 0), "GGUF version 1", "version 2 or 3"),
                refusal("version 4", r -> r.start(4, 0, 0), "GGUF version 4"),
                refusal("version 0", r -> r.start(0, 0, 0), "GGUF version 0"),
                refusal("big-endian", r -> r.start(0x03000000, 0, 0), "big-endian", "version 3"),
                refusal("no counts", r -> r.text("GGUF").u32(3), "ends inside the header"),
                refusal("tensor count", r -> r.start(3, 1L << 40, 0), "claims 1099511627776 tensors"),
                refusal("negative tensor count", r -> r.start(3, -1, 0), "claims 18446744073709551615 tensors"),
                refusal("key count", r -> r.start(3, 0, 9), "claims 9 metadata keys", "at most 0"));
    }

    private static Stream<Arguments> badMetadata() {
        return Stream.of(
                refusal("key length", r -> r.start(3, 0, 1).u64(1 << 20).u64(0), "claims 1048576 bytes of text"),
                refusal("empty key", r -> r.start(3, 0, 1).string("").u64(0), "named ''"),
                refusal("key with a zero", r -> r.start(3, 0, 1).string("a\0b").u64(0), "'a\\u0000b'"),
                refusal("value type", r -> r.start(3, 0, 1).string("k").u32(13).u64(0), "'k'", "type 13", "0 to 12"),
                refusal("cut value", r -> r.start(3, 0, 1).string("key").u32(10).u32(0), "'key'", "1 u64"),
                refusal(
                        "text length",
                        r -> r.start(3, 0, 1).string("k").u32(8).u64(-1),
                        "'k'",
                        "claims 18446744073709551615 bytes"),
                refusal(
                        "array count",
                        r -> r.start(3, 0, 1).string("k").u32(9).u32(4).u64(1L << 61),
                        "claims 2305843009213693952 u32"),
                refusal(
                        "string count",
                        r -> r.start(3, 0, 1)
                                .string("k")
                                .u32(9)
                                .u32(8)
                                .u64(3)
                                .u64(0)
                                .u64(0),
                        "claims 3 strings"),
                refusal(
                        "array of arrays",
                        r -> r.start(3, 0, 1).string("k").u32(9).u32(9).u64(1).u64(0),
                        "array of arrays"),
                refusal(
                        "same key twice",
                        r -> r.start(3, 0, 2)
                                .string("k")
                                .u32(4)
                                .u32(1)
                                .string("k")
                                .u32(4)
                                .u32(2),
                        "'k' appears twice"),
                refusal("alignment 0", r -> alignment(r, 4, 0), "general.alignment", "u32 0", "power of two"),
                refusal("alignment 48", r -> alignment(r, 4, 48), "u32 48"),
                refusal("alignment 16", r -> alignment(r, 4, 16), "u32 16", "from 32 to 65536"),
                refusal("alignment 2^31", r -> alignment(r, 4, 1 << 31), "u32 2147483648"),
                refusal("alignment i32", r -> alignment(r, 5, 32), "i32 32"));
    }

    private static void alignment(Raw raw, int type, int value) {
        raw.start(3, 0, 1).string("general.alignment").u32(type).u32(value);
    }

    private static Stream<Arguments> badTensors() {
        return Stream.of(
                refusal("no dimensions", r -> r.start(3, 1, 0).tensor("t", 0, 0).data(32), "'t' has 0 dimensions"),
                refusal(
                        "five dimensions",
                        r -> r.start(3, 1, 0).tensor("t", 0, 0, 1, 1, 1, 1, 1).data(32),
                        "5 dimensions"),
                refusal(
                        "dimension 0",
                        r -> r.start(3, 1, 0).tensor("t", 0, 0, 4, 0).data(32),
                        "dimension 0"),
                refusal(
                        "dimension -1",
                        r -> r.start(3, 1, 0).tensor("t", 0, 0, -1).data(32),
                        "a positive length"),
                refusal(
                        "overflow",
                        r -> r.start(3, 1, 0)
                                .tensor("t", 0, 0, 1L << 31, 1L << 32)
                                .data(32),
                        "fewer elements than fit 63 bits"),
                refusal("type 43", r -> r.start(3, 1, 0).tensor("t", 43, 0, 32).data(32), "type 43"),
                refusal("type 4", r -> r.start(3, 1, 0).tensor("t", 4, 0, 32).data(32), "type 4"),
                refusal(
                        "half block",
                        r -> r.start(3, 1, 0).tensor("t", 2, 0, 16).data(32),
                        "multiple of 32"),
                refusal(
                        "past the end",
                        r -> r.start(3, 1, 0).tensor("t", 0, 0, 9).data(32),
                        "36 bytes",
                        "the 32 bytes"),
                refusal("no data", r -> r.start(3, 1, 0).tensor("t", 0, 0, 9), "36 bytes", "the 0 bytes"),
                refusal(
                        "overlap",
                        r -> r.start(3, 2, 0)
                                .tensor("t", 0, 0, 9)
                                .tensor("u", 0, 32, 8)
                                .data(128),
                        "'u' overlaps",
                        "offset 64"),
                refusal(
                        "gap",
                        r -> r.start(3, 2, 0)
                                .tensor("t", 0, 0, 8)
                                .tensor("u", 0, 64, 8)
                                .data(128),
                        "'u' leaves a gap"),
                refusal(
                        "offset -1",
                        r -> r.start(3, 1, 0).tensor("t", 0, -1, 8).data(128),
                        "offset 18446744073709551615"),
                refusal(
                        "same name twice",
                        r -> r.start(3, 2, 0)
                                .tensor("t", 0, 0, 8)
                                .tensor("t", 0, 32, 8)
                                .data(128),
                        "'t' appears twice"),
                refusal(
                        "long name",
                        r -> r.start(3, 1, 0).tensor("n".repeat(64), 0, 0, 8).data(32),
                        "1 to 63 bytes"),
                refusal("no name", r -> r.start(3, 1, 0).tensor("", 0, 0, 8).data(32), "named ''"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    void malformedFilesAreRefusedInOneLine(String name, byte[] bytes, String... words) throws IOException {
        Path path = Files.write(directory.resolve("bad.gguf"), bytes);
        assertThatThrownBy(() -> GgufFile.open(path))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContainingAll(words)
                .hasMessageContaining("; expected ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void everyCutOfAFileIsRefused() throws IOException {
        Path path = directory.resolve("model.gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny(), 1).write(path);
        byte[] bytes = Files.readAllBytes(path);
        int header = (int) GgufFile.readHeader(path).dataOffset();
        Path cut = directory.resolve("cut.gguf");
        for (int size = 0; size < bytes.length; size += size < header ? 61 : 30_011) {
            Files.write(cut, Arrays.copyOf(bytes, size));
            assertThatThrownBy(() -> GgufFile.open(cut))
                    .as("cut at %s", size)
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("download or copy the file again");
        }
    }

    @Test
    void missingFilesAndDirectoriesAreRefused() {
        assertThatThrownBy(() -> GgufFile.open(directory.resolve("none.gguf")))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll("none.gguf", "no such file");
        assertThatThrownBy(() -> GgufFile.open(directory))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("a directory");
    }

    @Test
    void versionTwoIsRead() throws IOException {
        Path path = Files.write(
                directory.resolve("v2.gguf"), new Raw().start(2, 0, 0).toBytes());
        assertThat(GgufFile.readHeader(path).version()).isEqualTo(2);
    }
}
