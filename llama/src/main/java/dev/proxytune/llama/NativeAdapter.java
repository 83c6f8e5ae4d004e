package dev.proxytune.llama;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.LoraCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Hold a LoRA adapter of a loaded model, shared by the model views and decoders that use it. */
final class NativeAdapter extends Shared {
    private final NativeModel model;
    private final MemorySegment handle;
    private final float scale;

    private NativeAdapter(NativeModel model, MemorySegment handle, float scale) {
        this.model = model;
        this.handle = handle;
        this.scale = scale;
    }

    static NativeAdapter load(NativeModel model, Path file, float scale) {
        GgufHeader header = GgufFile.readHeader(file);
        LoraCheck.requireAdapter(header);
        LoraCheck.requireFits(header, GgufFile.readHeader(model.opened()));
        model.retain();
        // A context walks the model's list of adapters when it plans a graph, so the list must not change meanwhile.
        model.adapters().writeLock().lock();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(file.toString());
            var adapter = LlamaLog.explaining(() -> ModelApi.loadLora(model.handle(), path));
            if (Native.isNull(adapter.result())) {
                throw new InvalidModelException(
                        "Cannot use " + file + " as an adapter of " + model.file() + adapter.suffix());
            }
            return new NativeAdapter(model, adapter.result(), scale);
        } catch (RuntimeException e) {
            model.release();
            throw e;
        } finally {
            model.adapters().writeLock().unlock();
        }
    }

    MemorySegment handle() {
        return handle;
    }

    float scale() {
        return scale;
    }

    @Override
    void free() {
        model.adapters().writeLock().lock();
        try {
            ModelApi.freeLora(handle);
        } finally {
            model.adapters().writeLock().unlock();
        }
        model.release();
    }
}
