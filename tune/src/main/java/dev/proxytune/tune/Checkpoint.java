package dev.proxytune.tune;

import dev.proxytune.InvalidModelException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A training run between two steps, in a GGUF file: weights, moments of the optimizer, and the curve so far.
 *
 * <p>The file also says what the run was told, so that it cannot be resumed as another run.
 */
final class Checkpoint {
    private static final String STEPS_DONE = "proxytune.checkpoint.steps_done";
    private static final String SETTING = "proxytune.training.";
    private static final String MEAN = ".mean";
    private static final String SQUARE = ".square";
    private static final String CURVE = "curve";

    private Checkpoint() {}

    /** Write a checkpoint, replacing an earlier one of that name in one move. */
    static void write(Path file, SequencedMap<String, String> description, AdamW optimizer, LossCurve curve) {
        var metadata = Metadata.builder()
                .put("general.architecture", "proxytune-checkpoint")
                .putUnsigned(STEPS_DONE, curve.points().size());
        description.forEach((key, value) -> metadata.put(SETTING + key, value));
        var writer = new GgufWriter(metadata.build());
        optimizer.slots().forEach((name, slot) -> {
            add(writer, name, slot.parameter());
            add(writer, name + MEAN, slot.mean());
            add(writer, name + SQUARE, slot.square());
        });
        float[] values = curve.toArray();
        writer.addFloats(
                CURVE,
                TensorType.F32,
                List.of((long) LossCurve.COLUMNS, (long) values.length / LossCurve.COLUMNS),
                values);
        writer.write(file);
    }

    private static void add(GgufWriter writer, String name, Tensor tensor) {
        writer.addFloats(name, TensorType.F32, List.of(tensor.numel()), Torch.toArray(tensor));
    }

    /**
     * Take up a run where a checkpoint left it.
     *
     * @return the steps done
     * @throws ProxyTuneException if the checkpoint is of a run that was told something else, or is damaged
     */
    static int read(Path file, SequencedMap<String, String> description, AdamW optimizer, LossCurve curve) {
        try (var gguf = GgufFile.open(file)) {
            GgufHeader header = gguf.header();
            requireSame(file, header.metadata(), description);
            for (Map.Entry<String, AdamW.Slot> entry : optimizer.slots().entrySet()) {
                AdamW.Slot slot = entry.getValue();
                copy(gguf, entry.getKey(), slot.parameter());
                copy(gguf, entry.getKey() + MEAN, slot.mean());
                copy(gguf, entry.getKey() + SQUARE, slot.square());
            }
            curve.addAll(values(gguf, CURVE));
            long done = header.metadata().integer(STEPS_DONE).orElse(-1);
            if (done != curve.points().size()) {
                throw damaged(file, "its curve has " + curve.points().size() + " steps, its metadata says " + done);
            }
            return (int) done;
        }
    }

    private static void requireSame(Path file, Metadata found, SequencedMap<String, String> description) {
        description.forEach((key, now) -> {
            String then = found.string(SETTING + key).orElse("absent");
            if (!then.equals(now)) {
                throw new ProxyTuneException(file + ": the run to resume had " + key.replace('_', ' ') + " " + then
                        + ", now it is " + now + "; give what it had, or start anew with --force");
            }
        });
    }

    private static void copy(GgufFile file, String name, Tensor destination) {
        float[] values = values(file, name);
        if (values.length != destination.numel()) {
            throw damaged(
                    Path.of(file.header().source()),
                    "tensor " + name + " has " + values.length + " elements, not " + destination.numel());
        }
        try (var _ = new PointerScope();
                var _ = new NoGradGuard()) {
            destination.copy_(Torch.floats(values, values.length).view(destination.sizes()));
        }
    }

    private static float[] values(GgufFile file, String name) {
        TensorInfo tensor = file.header()
                .tensor(name)
                .orElseThrow(() -> damaged(Path.of(file.header().source()), "tensor " + name + " is missing"));
        float[] values = new float[Math.toIntExact(tensor.elements())];
        file.readRows(tensor, 0, values);
        return values;
    }

    private static InvalidModelException damaged(Path file, String what) {
        return new InvalidModelException(
                file + ": not a checkpoint of this run: " + what + "; start anew with --force");
    }
}
