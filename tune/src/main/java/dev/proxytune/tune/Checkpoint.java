package dev.proxytune.tune;

import dev.proxytune.InvalidModelException;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.TensorInfo;
import dev.proxytune.gguf.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32C;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A training run between two steps, in a GGUF file: weights, moments of the optimizer, and the curve so far.
 *
 * <p>The file also says what the run was told, so that it cannot be resumed as another run, and ends with a checksum of
 * its numbers, so that damage does not go unnoticed into the weights. Numbers pass through a small buffer on either way.
 */
final class Checkpoint {
    private static final String STEPS_DONE = "proxytune.checkpoint.steps_done";
    private static final String SETTING = "proxytune.training.";
    private static final String MEAN = ".mean";
    private static final String SQUARE = ".square";
    private static final String CURVE = "curve";
    private static final String CHECKSUM = "checksum";
    private static final int BUFFER = 1 << 20;

    private final Path file;
    private final CRC32C checksum = new CRC32C();

    private Checkpoint(Path file) {
        this.file = file;
    }

    /**
     * Write a checkpoint, replacing an earlier one of that name in one move.
     *
     * @throws ProxyTuneException if it cannot be written
     */
    static void write(Path file, SequencedMap<String, String> description, AdamW optimizer, LossCurve curve) {
        new Checkpoint(file).write(description, optimizer, curve);
    }

    private void write(SequencedMap<String, String> description, AdamW optimizer, LossCurve curve) {
        var metadata = Metadata.builder()
                .put("general.architecture", "proxytune-checkpoint")
                .putUnsigned(STEPS_DONE, curve.size());
        description.forEach((key, value) -> metadata.put(SETTING + key, value));
        var writer = new GgufWriter(metadata.build());
        optimizer.slots().forEach((name, slot) -> {
            add(writer, name, slot.parameter());
            add(writer, name + MEAN, slot.mean());
            add(writer, name + SQUARE, slot.square());
        });
        float[] values = curve.toArray();
        add(writer, CURVE, values.length, (first, part) -> part.put(values, first, part.remaining()));
        // The writer asks for the tensors in turn, so by now the sum is that of all others.
        writer.addBytes(CHECKSUM, TensorType.I64, List.of(1L), (_, bytes) -> bytes.putLong(checksum.getValue()));
        writer.write(file);
    }

    /** Supplies or takes some numbers of a tensor. */
    @FunctionalInterface
    private interface Part {
        void move(int first, FloatBuffer numbers);
    }

    private void add(GgufWriter writer, String name, Tensor tensor) {
        add(writer, name, tensor.numel(), (first, part) -> {
            try (var _ = new PointerScope()) {
                part.put(Torch.toArray(tensor.detach().view(-1).narrow(0, first, part.remaining())));
            }
        });
    }

    private void add(GgufWriter writer, String name, long count, Part part) {
        writer.addBytes(name, TensorType.F32, List.of(count), (offset, bytes) -> {
            ByteBuffer filled = bytes.slice();
            part.move(Math.toIntExact(offset / Float.BYTES), bytes.asFloatBuffer());
            bytes.position(bytes.limit());
            checksum.update(filled);
        });
    }

    /**
     * Take up a run where a checkpoint left it: fill the parameters, the moments and the curve.
     *
     * @param curve an empty curve
     * @throws ProxyTuneException if the checkpoint is of a run that was told something else, or is damaged; parameters
     *     and moments may then be partly filled
     */
    static void read(Path file, SequencedMap<String, String> description, AdamW optimizer, LossCurve curve) {
        try (var gguf = GgufFile.open(file)) {
            new Checkpoint(file).read(gguf, description, optimizer, curve);
        } catch (InvalidModelException e) {
            throw new InvalidModelException(
                    "The checkpoint cannot be resumed: " + e.getMessage() + "; start anew with --force", e);
        }
    }

    private void read(GgufFile gguf, SequencedMap<String, String> description, AdamW optimizer, LossCurve curve) {
        requireSame(gguf.header().metadata(), description);
        optimizer.slots().forEach((name, slot) -> {
            copy(gguf, name, slot.parameter());
            copy(gguf, name + MEAN, slot.mean());
            copy(gguf, name + SQUARE, slot.square());
        });
        long done = gguf.header().metadata().integer(STEPS_DONE).orElse(0);
        float[] values = new float
                [Math.toIntExact(tensor(gguf, CURVE, done * LossCurve.COLUMNS).elements())];
        read(gguf, CURVE, values.length, (first, part) -> part.get(values, first, part.remaining()));
        curve.addAll(values);
        var sum = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        gguf.read(tensor(gguf, CHECKSUM, 1), 0, sum);
        if (sum.getLong(0) != checksum.getValue()) {
            throw damaged("its checksum does not fit its numbers");
        }
    }

    private void requireSame(Metadata found, SequencedMap<String, String> description) {
        description.forEach((key, now) -> {
            String then = found.string(SETTING + key).orElse("none");
            if (!then.equals(now)) {
                throw new ProxyTuneException(file + ": the run to resume had " + key.replace('_', ' ') + " " + then
                        + ", now it is " + now + "; give what it had, or start anew with --force");
            }
        });
    }

    private void copy(GgufFile gguf, String name, Tensor destination) {
        read(gguf, name, destination.numel(), (first, part) -> {
            float[] values = new float[part.remaining()];
            part.get(values);
            try (var _ = new PointerScope();
                    var _ = new NoGradGuard()) {
                destination.view(-1).narrow(0, first, values.length).copy_(Torch.floats(values, values.length));
            }
        });
    }

    private void read(GgufFile gguf, String name, long count, Part part) {
        TensorInfo tensor = tensor(gguf, name, count);
        var bytes =
                ByteBuffer.allocate((int) Math.min(BUFFER, tensor.byteSize())).order(ByteOrder.LITTLE_ENDIAN);
        for (long offset = 0; offset < tensor.byteSize(); offset += BUFFER) {
            bytes.clear().limit((int) Math.min(BUFFER, tensor.byteSize() - offset));
            gguf.read(tensor, offset, bytes);
            checksum.update(bytes.flip());
            part.move(Math.toIntExact(offset / Float.BYTES), bytes.rewind().asFloatBuffer());
        }
    }

    private TensorInfo tensor(GgufFile gguf, String name, long elements) {
        TensorInfo tensor = gguf.header().tensor(name).orElseThrow(() -> damaged("tensor '" + name + "' is missing"));
        if (tensor.type() != (name.equals(CHECKSUM) ? TensorType.I64 : TensorType.F32)
                || tensor.elements() != elements) {
            throw damaged("tensor '" + name + "' has " + tensor.elements() + " elements of type "
                    + tensor.type().label() + ", not " + elements);
        }
        return tensor;
    }

    private InvalidModelException damaged(String what) {
        return new InvalidModelException(file + ": " + what);
    }
}
