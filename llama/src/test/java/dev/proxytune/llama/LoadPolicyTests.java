package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.llama.ModelOptions.LoadMode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadPolicyTests {
    @TempDir
    Path folder;

    private GgufHeader header(TensorType type) {
        Path file = folder.resolve(type.label() + ".gguf");
        SyntheticModel.of(SyntheticModel.Shape.tiny().withMatrixType(type), 1).write(file);
        return GgufFile.readHeader(file);
    }

    @Test
    void readsWhatTheProcessorCopiesAndMapsTheRest() {
        GgufHeader half = header(TensorType.F16);
        GgufHeader eight = header(TensorType.Q8_0);
        GgufHeader four = header(TensorType.Q4_0);

        assertThat(LoadPolicy.choose(half, "linux-x64", "libggml-cpu-zen4.so")).isEqualTo(LoadMode.MAP);
        assertThat(LoadPolicy.choose(half, "linux-x64", "")).isEqualTo(LoadMode.MAP);
        assertThat(LoadPolicy.choose(eight, "linux-x64", "libggml-cpu-zen4.so")).isEqualTo(LoadMode.MAP);
        assertThat(LoadPolicy.choose(eight, "linux-x64", "libggml-cpu-sapphirerapids.so"))
                .isEqualTo(LoadMode.READ);
        assertThat(LoadPolicy.choose(eight, "win-x64", "")).isEqualTo(LoadMode.READ);
        assertThat(LoadPolicy.choose(eight, "mac-arm64", "")).isEqualTo(LoadMode.READ);
        assertThat(LoadPolicy.choose(four, "linux-x64", "libggml-cpu-haswell.so"))
                .isEqualTo(LoadMode.READ);
    }
}
