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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hold the weights of one file, once, however often the file is opened.
 *
 * <p>Those who use it count as its users; it is freed when the last one is gone. Who holds a decoder open is a user, so
 * decoding needs no further care. A vocabulary is none, so its calls go through {@link #whileLoaded}.
 */
final class NativeModel extends Shared {
    private static final Map<Key, NativeModel> LOADED = new HashMap<>();

    private final Key key;
    private final Path file;
    private final MemorySegment handle;
    private final ReentrantReadWriteLock lifetime = new ReentrantReadWriteLock();
    private final ReentrantReadWriteLock adapters = new ReentrantReadWriteLock();
    private final CacheShape cacheShape;
    private boolean freed;

    private NativeModel(Key key, Path file, MemorySegment handle, CacheShape cacheShape) {
        this.key = key;
        this.file = file;
        this.handle = handle;
        this.cacheShape = cacheShape;
    }

    /** What makes two loads the same: the file, unchanged, and how it is loaded. */
    private record Key(
            Object file,
            long size,
            FileTime modified,
            int gpuLayers,
            int mainGpu,
            ModelOptions.LoadMode mode,
            LoadExtent extent) {}

    /** Load a file, or become another user of what is loaded already. */
    static NativeModel load(Path path, ModelOptions options, LoadExtent extent) {
        LlamaLibrary.load();
        Path file;
        Key key;
        try {
            file = path.toRealPath();
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile() || !Files.isReadable(file)) {
                throw new InvalidModelException("Cannot read the model " + path + ": it must be a readable GGUF file");
            }
            key = new Key(
                    Objects.requireNonNullElse(attributes.fileKey(), file),
                    attributes.size(),
                    attributes.lastModifiedTime(),
                    options.gpuLayers(),
                    options.mainGpu(),
                    options.loadMode(),
                    extent);
        } catch (IOException e) {
            throw new InvalidModelException("There is no model file " + path + " that can be read", e);
        }
        synchronized (LOADED) {
            @Nullable NativeModel model = LOADED.get(key);
            if (model == null || !model.tryRetain()) {
                model = create(key, file);
                LOADED.put(key, model);
            }
            return model;
        }
    }

    private static NativeModel create(Key key, Path file) {
        GgufHeader header = GgufFile.readHeader(file);
        if (key.extent() == LoadExtent.VOCABULARY) {
            ModelCheck.requireVocabulary(header);
        } else {
            ModelCheck.requireModel(header);
        }
        boolean gpu = key.gpuLayers() != 0 && LlamaLibrary.hasGpu();
        if (!gpu && key.extent() == LoadExtent.WEIGHTS) {
            checkMemory(file, key.size());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = ModelApi.defaultParams(arena);
            params.set(Native.INT, Structs.ModelParams.N_GPU_LAYERS, key.gpuLayers());
            params.set(Native.INT, Structs.ModelParams.LOAD_MODE, loadMode(key, header, gpu));
            if (key.mainGpu() >= 0) {
                params.set(Native.INT, Structs.ModelParams.SPLIT_MODE, 0);
                params.set(Native.INT, Structs.ModelParams.MAIN_GPU, key.mainGpu());
            }
            params.set(Native.BOOL, Structs.ModelParams.VOCAB_ONLY, key.extent() == LoadExtent.VOCABULARY);
            params.set(Native.BOOL, Structs.ModelParams.NO_ALLOC, key.extent() == LoadExtent.PLAN);
            MemorySegment path = arena.allocateFrom(file.toString());
            var loaded = LlamaLog.explaining(() -> ModelApi.load(path, params));
            if (Native.isNull(loaded.result())) {
                throw new InvalidModelException("Cannot load the model " + file + loaded.suffix());
            }
            return new NativeModel(key, file, loaded.result(), CacheShape.of(header));
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

    /** Return llama.cpp's pointer; for users only. */
    MemorySegment handle() {
        return handle;
    }

    /** Return how much one token adds to the KV cache. */
    CacheShape cacheShape() {
        return cacheShape;
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
