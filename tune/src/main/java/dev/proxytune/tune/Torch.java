package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.llama.CacheFolder;
import dev.proxytune.llama.NativeEnvironment;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Loads libtorch, and moves numbers between it and Java. */
final class Torch {
    private static boolean loaded;

    private Torch() {}

    /**
     * Load libtorch, once.
     *
     * @throws ProxyTuneException if it is not there for this platform or cannot be loaded
     */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        setDefault(
                "org.bytedeco.javacpp.cachedir",
                CacheFolder.path().resolve("libtorch").toString());
        // By default javacpp refuses to allocate beyond four times the Java heap, whatever memory there is.
        setDefault("org.bytedeco.javacpp.maxphysicalbytes", "0");
        setDefault("org.bytedeco.javacpp.maxbytes", "0");
        // Threads that spin while they wait for each other take the processor from those they wait for.
        NativeEnvironment.setIfAbsent("OMP_WAIT_POLICY", "passive");
        try {
            Loader.load(torch.class);
            loaded = true;
        } catch (LinkageError | RuntimeException e) {
            throw new ProxyTuneException(
                    "libtorch, which training needs, cannot be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch") + " (" + firstLine(e)
                            + "); train on Linux x86-64, and check the free space of " + CacheFolder.path(),
                    e);
        }
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("no reason given");
    }

    /** Set how many threads compute. */
    static void threads(int count) {
        load();
        torch.set_num_threads(count);
    }

    /** Tell whether libtorch can compute on an NVIDIA GPU. */
    static boolean seesCuda() {
        load();
        return torch.cuda_is_available();
    }

    /** Return the device that libtorch knows the processor as. */
    static Device device(Compute.Device device) {
        if (device == Compute.Device.CPU) {
            return new Device("cpu");
        }
        if (!seesCuda()) {
            throw new ProxyTuneException("libtorch sees no NVIDIA GPU here; compute on the CPU");
        }
        return new Device("cuda:0");
    }

    /** Run a computation, and keep its result alone until {@link Tensor#releaseReference()}, whatever scope ends. */
    static Tensor kept(Supplier<Tensor> computation) {
        try (var _ = new PointerScope()) {
            return computation.get().retainReference();
        }
    }

    /** Run a computation, and release what it leaves behind but its result, which goes to the caller's scope. */
    static Tensor scoped(Supplier<Tensor> computation) {
        Tensor result = kept(computation);
        var outer = PointerScope.getInnerScope();
        if (outer != null) {
            outer.attach(result);
            result.releaseReference();
        }
        return result;
    }

    /** Create a tensor that is trained, and lives until it is released. */
    static Tensor leaf(float[] values, Compute compute, long... shape) {
        return kept(() -> {
            Tensor tensor = floats(values, shape).to(device(compute.device()), ScalarType.Float);
            tensor.set_requires_grad(true);
            return tensor;
        });
    }

    /** Copy numbers into a new tensor on the CPU. */
    static Tensor floats(float[] values, long... shape) {
        var tensor = torch.empty(shape, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
        tensor.data_ptr_float().put(values, 0, values.length);
        return tensor;
    }

    /** Copy whole numbers into a new tensor on the CPU. */
    static Tensor longs(int[] values, long... shape) {
        long[] wide = new long[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        var tensor = torch.empty(shape, new TensorOptions(ScalarType.Long), new MemoryFormatOptional());
        tensor.data_ptr_long().put(wide, 0, wide.length);
        return tensor;
    }

    /** Copy numbers out of a tensor of any type on any device. */
    static float[] toArray(Tensor tensor) {
        try (var _ = new PointerScope()) {
            var plain = tensor.detach().to(ScalarType.Float).cpu().contiguous();
            float[] values = new float[Math.toIntExact(plain.numel())];
            plain.data_ptr_float().get(values, 0, values.length);
            return values;
        }
    }
}
