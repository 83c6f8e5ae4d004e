package dev.proxytune.llama;

import dev.proxytune.CapacityException;
import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.ModelCheck;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hold the weights of one model, once, however often its file is opened.
 *
 * <p>Those who use it count as its users; it is freed when the last one is gone. Who holds a decoder open is a user, so
 * decoding needs no further care. A vocabulary is none, so its calls go through {@link #whileLoaded}.
 */
final class NativeModel extends Shared {
    private static final Map<Key, NativeModel> LOADED = new HashMap<>();

    private final Key key;
    private final Path opened;
    private final Path file;
    private final MemorySegment handle;
    private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock();
    private final ReentrantReadWriteLock adapters = new ReentrantReadWriteLock();
    private final CacheShape cacheShape;
    private final Set<String> devices;
    private boolean freed;

    private NativeModel(Key key, Path opened, Path file, MemorySegment handle, CacheShape cacheShape) {
        this.key = key;
        this.opened = opened;
        this.file = file;
        this.handle = handle;
        this.cacheShape = cacheShape;
        this.devices = LayerDevices.of(key.rpcServers(), key.gpuLayers(), key.mainGpu(), ModelApi.layers(handle));
    }

    /** What makes two files the same: their identity, and that they are unchanged. */
    private record Identity(Object file, long size, FileTime modified) {

        static Identity of(Path file) throws IOException {
            Path real = file.toRealPath();
            var attributes = Files.readAttributes(real, BasicFileAttributes.class);
            if (!attributes.isRegularFile() || !Files.isReadable(real)) {
                throw new InvalidModelException("Cannot read the model " + file + ": it must be a readable GGUF file");
            }
            return new Identity(
                    Objects.requireNonNullElse(attributes.fileKey(), real),
                    attributes.size(),
                    attributes.lastModifiedTime());
        }
    }

    /** What makes two loads the same: the files, unchanged, and how they are loaded. */
    private record Key(
            List<Identity> files,
            int gpuLayers,
            int mainGpu,
            ModelOptions.LoadMode mode,
            List<String> rpcServers,
            LoadExtent extent) {}

    /** Load a file, or become another user of what is loaded already. */
    static NativeModel load(Path path, ModelOptions options, LoadExtent extent) {
        LlamaLibrary.load();
        Key key;
        try {
            List<Identity> files = new ArrayList<>();
            for (Path part : GgufFile.parts(path)) {
                // Which parts there must be, the header says.
                if (files.isEmpty() || Files.exists(part)) {
                    files.add(Identity.of(part));
                }
            }
            key = new Key(
                    files, options.gpuLayers(), options.mainGpu(), options.loadMode(), options.rpcServers(), extent);
        } catch (IOException e) {
            throw new InvalidModelException("There is no model file " + path + " that can be read", e);
        }
        synchronized (LOADED) {
            @Nullable NativeModel model = LOADED.get(key);
            if (model == null || !model.tryRetain()) {
                model = create(key, path.toAbsolutePath());
                LOADED.put(key, model);
            }
            return model;
        }
    }

    private static NativeModel create(Key key, Path opened) {
        GgufHeader header = GgufFile.readHeader(opened);
        if (key.extent() == LoadExtent.VOCABULARY) {
            ModelCheck.requireVocabulary(header);
        } else {
            ModelCheck.requireModel(header);
        }
        List<Path> files = realFiles(opened, header);
        Path file = files.getFirst();
        boolean elsewhere = !key.rpcServers().isEmpty() && key.extent() == LoadExtent.WEIGHTS;
        boolean gpu = elsewhere || (key.gpuLayers() != 0 && LlamaLibrary.hasGpu());
        if (!gpu && key.extent() == LoadExtent.WEIGHTS) {
            checkMemory(file, header.size());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = ModelApi.defaultParams(arena);
            params.set(Native.INT, Structs.ModelParams.N_GPU_LAYERS, key.gpuLayers());
            if (elsewhere) {
                params.set(Native.POINTER, Structs.ModelParams.DEVICES, RpcServers.devices(key.rpcServers(), arena));
            }
            params.set(Native.INT, Structs.ModelParams.LOAD_MODE, loadMode(key, header, gpu));
            if (key.mainGpu() >= 0) {
                params.set(Native.INT, Structs.ModelParams.SPLIT_MODE, 0);
                params.set(Native.INT, Structs.ModelParams.MAIN_GPU, key.mainGpu());
            }
            params.set(Native.BOOL, Structs.ModelParams.VOCAB_ONLY, key.extent() == LoadExtent.VOCABULARY);
            params.set(Native.BOOL, Structs.ModelParams.NO_ALLOC, key.extent() == LoadExtent.PLAN);
            var loaded = LlamaLog.explaining(() -> ModelApi.load(files, params));
            if (Native.isNull(loaded.result())) {
                throw new InvalidModelException("Cannot load the model " + file + loaded.suffix());
            }
            return new NativeModel(key, opened, file, loaded.result(), CacheShape.of(header));
        }
    }

    /** Return the files that links lead to, so that what was checked is what is loaded, whatever its name. */
    private static List<Path> realFiles(Path opened, GgufHeader header) {
        List<Path> files = new ArrayList<>();
        try {
            for (Path part : header.files() == 1 ? List.of(opened) : GgufFile.parts(opened)) {
                files.add(part.toRealPath());
            }
            return files;
        } catch (IOException e) {
            throw new InvalidModelException("There is no model file " + opened + " that can be read", e);
        }
    }

    private static int loadMode(Key key, GgufHeader header, boolean gpu) {
        // Nothing is read for a plan, and llama.cpp refuses to map a file for one.
        return key.extent() == LoadExtent.PLAN
                ? ModelOptions.LoadMode.READ.code()
                : LoadPolicy.code(key.mode(), header, gpu);
    }

    private static void checkMemory(Path file, long size) {
        OptionalLong available = SystemMemory.available();
        if (available.isPresent() && size > available.getAsLong()) {
            throw new CapacityException("The model " + file + " needs " + megabytes(size) + " of memory, but only "
                    + megabytes(available.getAsLong()) + " are available: use a smaller or more quantised model");
        }
    }

    static String megabytes(long bytes) {
        return (bytes >> 20) + " MB";
    }

    Path file() {
        return file;
    }

    /** Return the path by which {@link GgufFile} finds all files of the model. */
    Path opened() {
        return opened;
    }

    /** Return llama.cpp's pointer; for users only. */
    MemorySegment handle() {
        return handle;
    }

    /** Return how much one token adds to the KV cache. */
    CacheShape cacheShape() {
        return cacheShape;
    }

    /** Return the names of the devices that compute its layers. */
    Set<String> devices() {
        return devices;
    }

    /** Return the lock of the list of adapters: read to plan graphs, write to change it. */
    ReentrantReadWriteLock adapters() {
        return adapters;
    }

    /** Make a call that needs the model, by someone who is no user of it. */
    <T> T whileLoaded(Supplier<T> call) {
        lifetime.readLock().lock();
        try {
            if (freed) {
                throw new IllegalStateException("The model " + file + " is closed");
            }
            return call.get();
        } finally {
            lifetime.readLock().unlock();
        }
    }

    @Override
    void free() {
        synchronized (LOADED) {
            LOADED.remove(key, this);
        }
        lifetime.writeLock().lock();
        try {
            freed = true;
            ModelApi.free(handle);
        } finally {
            lifetime.writeLock().unlock();
        }
    }
}
