package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.proxytune.InvalidModelException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTests {
    private static final ModelShape SHAPE = ModelShape.llama(16, 2, 2, 1, 24, 40, 16);
    private static final TrainingSettings SETTINGS = TrainingSettings.of(10, 0.01);
    private static final BatchSource DATA = new RandomBatches(new BatchPlan(2, 8, 1, 0), 40);

    @TempDir
    private Path folder;

    private Path file;
    private Transformer model;

    @BeforeAll
    static void useOneThread() {
        Torch.threads(1);
    }

    @BeforeEach
    void write() {
        file = folder.resolve("checkpoint");
        model = Transformer.random(SHAPE, 3, Compute.EXACT);
        try (var optimizer = new AdamW(model, SETTINGS)) {
            try (var _ = new PointerScope()) {
                model.loss(DATA.batch(0)).backward();
            }
            optimizer.step(0);
            Checkpoint.write(file, description(), optimizer, curve());
        }
    }

    private static LossCurve curve() {
        var curve = new LossCurve(16);
        curve.add(new LossCurve.Point(3.5f, Float.NaN, 0.01f, 1.25f));
        curve.add(new LossCurve.Point(3.25f, 3.3f, 0.005f, 0.5f));
        return curve;
    }

    private static SequencedMap<String, String> description() {
        SequencedMap<String, String> description = new LinkedHashMap<>();
        description.put("kind", "test");
        description.put("learning_rate", "0.01");
        return description;
    }

    /** Resume with new objects, and return the optimizer's state one tensor after the other. */
    private static List<float[]> read(Path file, ModelShape shape, SequencedMap<String, String> description) {
        try (var fresh = Transformer.random(shape, 99, Compute.EXACT);
                var optimizer = new AdamW(fresh, SETTINGS)) {
            var curve = new LossCurve(16);
            Checkpoint.read(file, description, optimizer, curve);
            assertThat(curve.points()).isEqualTo(curve().points());
            return optimizer.slots().values().stream()
                    .flatMap(slot -> List.of(slot.parameter(), slot.mean(), slot.square()).stream())
                    .map(Torch::toArray)
                    .toList();
        }
    }

    @Test
    void holdsWeightsMomentsAndCurveToTheBit() {
        List<float[]> state = read(file, SHAPE, description());
        List<float[]> weights =
                model.parameters().values().stream().map(Torch::toArray).toList();
        assertThat(state).hasSize(3 * weights.size());
        for (int i = 0; i < weights.size(); i++) {
            assertThat(state.get(3 * i)).containsExactly(weights.get(i));
            assertThat(state.get(3 * i + 1)).isNotEqualTo(new float[weights.get(i).length]);
            assertThat(state.get(3 * i + 2)).isNotEqualTo(new float[weights.get(i).length]);
        }
    }

    @Test
    void namesWhatTheRunWasToldOtherwise() {
        SequencedMap<String, String> other = description();
        other.put("learning_rate", "0.02");
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> read(file, SHAPE, other))
                .withMessageContainingAll(file.toString(), "learning rate 0.01", "now it is 0.02", "--force");
        SequencedMap<String, String> more = description();
        more.put("lora", "rank 8");
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> read(file, SHAPE, more))
                .withMessageContainingAll("lora none", "now it is rank 8");
    }

    @Test
    void refusesTheWeightsOfAnotherModel() {
        refuses(ModelShape.llama(16, 3, 2, 1, 24, 40, 16), "is missing");
        refuses(ModelShape.llama(16, 2, 2, 1, 26, 40, 16), "elements");
    }

    private void refuses(ModelShape shape, String word) {
        assertThatExceptionOfType(InvalidModelException.class)
                .isThrownBy(() -> read(file, shape, description()))
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).contains(file.toString(), "--force", word));
    }

    @Test
    void refusesAFileThatIsCutOff() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (int length : new int[] {0, 3, 24, 200, bytes.length / 2, bytes.length - 40}) {
            Files.write(file, Arrays.copyOf(bytes, length));
            refuses(SHAPE, "cannot be resumed");
        }
    }

    @Test
    void refusesANumberThatHasChanged() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        GgufHeader header = GgufFile.readHeader(file);
        var random = new Random(4);
        for (TensorInfo tensor : header.tensors()) {
            byte[] damaged = bytes.clone();
            int at = (int) (header.dataOffset() + tensor.offset()) + random.nextInt((int) tensor.byteSize());
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            refuses(SHAPE, "checksum");
        }
    }

    @Test
    void survivesAnyDamageToItsHeader() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int header = (int) GgufFile.readHeader(file).dataOffset();
        var random = new Random(6);
        for (int i = 0; i < 200; i++) {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(header)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            try {
                read(file, SHAPE, description());
            } catch (ProxyTuneException e) {
                assertThat(e.getMessage()).hasLineCount(1).contains("--force");
            }
        }
    }

    @Test
    void refusesWhatIsNoCheckpoint() throws IOException {
        Files.writeString(file, "my notes\n");
        refuses(SHAPE, "cannot be resumed");
        Files.delete(file);
        Files.createDirectory(file);
        refuses(SHAPE, "cannot be resumed");
    }
}
