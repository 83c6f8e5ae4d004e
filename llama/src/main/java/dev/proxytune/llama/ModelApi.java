package dev.proxytune.llama;

import static dev.proxytune.llama.Native.BOOL;
import static dev.proxytune.llama.Native.INT;
import static dev.proxytune.llama.Native.LONG;
import static dev.proxytune.llama.Native.POINTER;
import static dev.proxytune.llama.Native.TRIVIAL;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Call what llama.cpp offers for models and adapters. */
final class ModelApi {
    private static final MethodHandle DEFAULT_PARAMS =
            Native.bind("llama_model_default_params", FunctionDescriptor.of(Structs.MODEL_PARAMS));
    private static final MethodHandle LOAD = Native.bind(
            "llama_model_load_from_splits", FunctionDescriptor.of(POINTER, POINTER, LONG, Structs.MODEL_PARAMS));
    private static final MethodHandle FREE = Native.bind("llama_model_free", FunctionDescriptor.ofVoid(POINTER));
    private static final MethodHandle VOCABULARY =
            Native.bind("llama_model_get_vocab", FunctionDescriptor.of(POINTER, POINTER), TRIVIAL);
    private static final MethodHandle CONTEXT_LENGTH = count("llama_model_n_ctx_train");
    private static final MethodHandle EMBEDDING_LENGTH = count("llama_model_n_embd");
    private static final MethodHandle LAYERS = count("llama_model_n_layer");
    private static final MethodHandle WINDOW = count("llama_model_n_swa");
    private static final MethodHandle ROPE_TYPE = count("llama_model_rope_type");
    private static final MethodHandle FILE_TYPE = count("llama_model_ftype");
    private static final MethodHandle FILE_TYPE_NAME =
            Native.bind("llama_ftype_name", FunctionDescriptor.of(POINTER, INT));
    private static final MethodHandle SIZE =
            Native.bind("llama_model_size", FunctionDescriptor.of(LONG, POINTER), TRIVIAL);
    private static final MethodHandle PARAMETERS =
            Native.bind("llama_model_n_params", FunctionDescriptor.of(LONG, POINTER), TRIVIAL);
    private static final MethodHandle HAS_ENCODER = flag("llama_model_has_encoder");
    private static final MethodHandle HAS_DECODER = flag("llama_model_has_decoder");
    private static final MethodHandle IS_RECURRENT = flag("llama_model_is_recurrent");
    private static final MethodHandle IS_HYBRID = flag("llama_model_is_hybrid");
    private static final MethodHandle IS_DIFFUSION = flag("llama_model_is_diffusion");
    private static final MethodHandle DESCRIPTION =
            Native.bind("llama_model_desc", FunctionDescriptor.of(INT, POINTER, POINTER, LONG));
    private static final MethodHandle METADATA =
            Native.bind("llama_model_meta_val_str", FunctionDescriptor.of(INT, POINTER, POINTER, POINTER, LONG));
    private static final MethodHandle CHAT_TEMPLATE =
            Native.bind("llama_model_chat_template", FunctionDescriptor.of(POINTER, POINTER, POINTER));
    private static final MethodHandle LORA_LOAD =
            Native.bind("llama_adapter_lora_init", FunctionDescriptor.of(POINTER, POINTER, POINTER));
    private static final MethodHandle LORA_FREE =
            Native.bind("llama_adapter_lora_free", FunctionDescriptor.ofVoid(POINTER));

    private ModelApi() {}

    private static MethodHandle count(String name) {
        return Native.bind(name, FunctionDescriptor.of(INT, POINTER), TRIVIAL);
    }

    private static MethodHandle flag(String name) {
        return Native.bind(name, FunctionDescriptor.of(BOOL, POINTER), TRIVIAL);
    }

    static MemorySegment defaultParams(Arena arena) {
        try {
            return (MemorySegment) DEFAULT_PARAMS.invokeExact((SegmentAllocator) arena);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Load a model from its file or the parts of it in order, or return a null pointer. */
    static MemorySegment load(List<Path> files, MemorySegment params) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment paths = arena.allocate(POINTER, files.size());
            for (int index = 0; index < files.size(); index++) {
                paths.setAtIndex(
                        POINTER, index, arena.allocateFrom(files.get(index).toString()));
            }
            return (MemorySegment) LOAD.invokeExact(paths, (long) files.size(), params);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void free(MemorySegment model) {
        try {
            FREE.invokeExact(model);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static MemorySegment vocabulary(MemorySegment model) {
        try {
            return (MemorySegment) VOCABULARY.invokeExact(model);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static int contextLength(MemorySegment model) {
        return count(CONTEXT_LENGTH, model);
    }

    static int embeddingLength(MemorySegment model) {
        return count(EMBEDDING_LENGTH, model);
    }

    static int layers(MemorySegment model) {
        return count(LAYERS, model);
    }

    /** Return the length of the sliding attention window, or 0 if the model has none. */
    static int window(MemorySegment model) {
        return count(WINDOW, model);
    }

    /** Return whether positions are rotated in; if not, they may come from a table that ends at the context length. */
    static boolean isRotary(MemorySegment model) {
        return count(ROPE_TYPE, model) != -1;
    }

    static String fileType(MemorySegment model) {
        try {
            return Native.string((MemorySegment) FILE_TYPE_NAME.invokeExact(count(FILE_TYPE, model)))
                    .orElse("unknown");
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static long size(MemorySegment model) {
        return size(SIZE, model);
    }

    static long parameters(MemorySegment model) {
        return size(PARAMETERS, model);
    }

    static boolean hasEncoder(MemorySegment model) {
        return flag(HAS_ENCODER, model);
    }

    static boolean hasDecoder(MemorySegment model) {
        return flag(HAS_DECODER, model);
    }

    static boolean isRecurrent(MemorySegment model) {
        return flag(IS_RECURRENT, model);
    }

    static boolean isHybrid(MemorySegment model) {
        return flag(IS_HYBRID, model);
    }

    static boolean isDiffusion(MemorySegment model) {
        return flag(IS_DIFFUSION, model);
    }

    static String description(MemorySegment model) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(256);
            int ignored = (int) DESCRIPTION.invokeExact(model, buffer, buffer.byteSize());
            return buffer.getString(0);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return a scalar of the file's metadata as text, cut off after some hundred bytes. */
    static Optional<String> metadata(MemorySegment model, String key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(512);
            int length = (int) METADATA.invokeExact(model, arena.allocateFrom(key), buffer, buffer.byteSize());
            return length < 0 ? Optional.empty() : Optional.of(buffer.getString(0));
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return the template for conversations that the file holds. */
    static Optional<String> chatTemplate(MemorySegment model) {
        try {
            return Native.string((MemorySegment) CHAT_TEMPLATE.invokeExact(model, MemorySegment.NULL));
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Load an adapter for a model, or return a null pointer. */
    static MemorySegment loadLora(MemorySegment model, MemorySegment path) {
        try {
            return (MemorySegment) LORA_LOAD.invokeExact(model, path);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void freeLora(MemorySegment adapter) {
        try {
            LORA_FREE.invokeExact(adapter);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static int count(MethodHandle function, MemorySegment model) {
        try {
            return (int) function.invokeExact(model);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static long size(MethodHandle function, MemorySegment model) {
        try {
            return (long) function.invokeExact(model);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static boolean flag(MethodHandle function, MemorySegment model) {
        try {
            return (boolean) function.invokeExact(model);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
