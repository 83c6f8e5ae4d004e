package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LayerDevicesTests {
    private static final List<String> GPUS = List.of("CUDA0", "CUDA1");

    @Test
    void layersThatStayAreComputedByTheProcessor() {
        assertThat(LayerDevices.of(GPUS, 0, 32)).containsExactly("cpu");
        assertThat(LayerDevices.of(List.of(), -1, 32)).containsExactly("cpu");
        assertThat(LayerDevices.of(GPUS, 10, 32)).containsExactlyInAnyOrder("CUDA0", "CUDA1", "cpu");
        assertThat(LayerDevices.of(GPUS, 32, 32)).as("without the output").contains("cpu");
    }

    @Test
    void aModelThatIsWhollyElsewhereLeavesTheProcessorAlone() {
        assertThat(LayerDevices.of(GPUS, -1, 32)).containsExactlyInAnyOrder("CUDA0", "CUDA1");
        assertThat(LayerDevices.of(GPUS, 33, 32)).doesNotContain("cpu");
        assertThat(LayerDevices.of(List.of("box:50052"), -1, -1, 32)).containsExactly("rpc box:50052");
    }
}
