package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.ProxyTuneException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComputeTests {
    @ParameterizedTest
    @CsvSource({
        "flags : avx512f avx512_bf16 sse, BF16",
        "flags : amx_bf16 amx_tile, BF16",
        "Features : asimd bf16 i8mm, BF16",
        "flags : avx2 avx512f avx512_vnni, F32"
    })
    void takesBrainFloatsWhereTheProcessorMultipliesThem(String processors, Precision expected) {
        assertThat(Precision.usual(processors)).isEqualTo(expected);
    }

    @Test
    void refusesAGpuThatIsNotThere() {
        assumeTrue(Compute.Device.usual() == Compute.Device.CPU, "There is a GPU");
        var compute = new Compute(Compute.Device.CUDA, Precision.F32);
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> Transformer.random(ModelShape.llama(32, 1, 2, 2, 64, 64, 16), 1, compute))
                .withMessageContaining("GPU");
    }

    /** Load libtorch, in a process of its own. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            try {
                Torch.load();
                System.out.println("loaded");
            } catch (ProxyTuneException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }

    private static String child(String classPath) throws IOException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath,
                        Child.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Test
    void tellsInOneLineThatLibtorchIsNotThere() throws IOException {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.matches(".*pytorch-[^/\\\\]*-(linux|windows|macosx)-[^/\\\\]*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
        assertThat(child(System.getProperty("java.class.path"))).isEqualTo("loaded");
        assertThat(child(classPath))
                .startsWith("refused: libtorch")
                .contains("Linux")
                .hasLineCount(1);
    }
}
