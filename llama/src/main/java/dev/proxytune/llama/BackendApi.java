package dev.proxytune.llama;

import static dev.proxytune.llama.Native.INT;
import static dev.proxytune.llama.Native.LONG;
import static dev.proxytune.llama.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Call what llama.cpp offers for the process: log, back ends and their devices. */
final class BackendApi {
    private static final MethodHandle LOG_SET =
            Native.bind("llama_log_set", FunctionDescriptor.ofVoid(POINTER, POINTER));
    private static final MethodHandle LOAD_ALL =
            Native.bind("ggml_backend_load_all_from_path", FunctionDescriptor.ofVoid(POINTER));
    private static final MethodHandle INIT = Native.bind("llama_backend_init", FunctionDescriptor.ofVoid());
    private static final MethodHandle DEVICE_COUNT = Native.bind("ggml_backend_dev_count", FunctionDescriptor.of(LONG));
    private static final MethodHandle DEVICE =
            Native.bind("ggml_backend_dev_get", FunctionDescriptor.of(POINTER, LONG));
    private static final MethodHandle DEVICE_NAME =
            Native.bind("ggml_backend_dev_name", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle DEVICE_DESCRIPTION =
            Native.bind("ggml_backend_dev_description", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle DEVICE_MEMORY =
            Native.bind("ggml_backend_dev_memory", FunctionDescriptor.ofVoid(POINTER, POINTER, POINTER));
    private static final MethodHandle DEVICE_TYPE =
            Native.bind("ggml_backend_dev_type", FunctionDescriptor.of(INT, POINTER));
    private static final MethodHandle DEVICE_BACKEND =
            Native.bind("ggml_backend_dev_backend_reg", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle BACKEND_NAME =
            Native.bind("ggml_backend_reg_name", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle BACKEND_FUNCTION =
            Native.bind("ggml_backend_reg_get_proc_address", FunctionDescriptor.of(POINTER, POINTER, POINTER));

    private static final MethodHandle BACKEND_BY_NAME =
            Native.bind("ggml_backend_reg_by_name", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle LOAD = Native.bind("ggml_backend_load", FunctionDescriptor.of(POINTER, POINTER));
    private static final MethodHandle BACKEND_DEVICE_COUNT =
            Native.bind("ggml_backend_reg_dev_count", FunctionDescriptor.of(LONG, POINTER));
    private static final MethodHandle BACKEND_DEVICE =
            Native.bind("ggml_backend_reg_dev_get", FunctionDescriptor.of(POINTER, POINTER, LONG));

    private BackendApi() {}

    static void logSet(MemorySegment callback) {
        try {
            LOG_SET.invokeExact(callback, MemorySegment.NULL);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void loadAll(Path folder) {
        try (Arena arena = Arena.ofConfined()) {
            LOAD_ALL.invokeExact(arena.allocateFrom(folder.toString()));
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static void init() {
        try {
            INIT.invokeExact();
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static int deviceCount() {
        try {
            return Math.toIntExact((long) DEVICE_COUNT.invokeExact());
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static MemorySegment device(int index) {
        try {
            return (MemorySegment) DEVICE.invokeExact((long) index);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static String deviceName(MemorySegment device) {
        return string(DEVICE_NAME, device);
    }

    static String deviceDescription(MemorySegment device) {
        return string(DEVICE_DESCRIPTION, device);
    }

    /** Return the free and the total bytes of a device's memory. */
    static long[] deviceMemory(MemorySegment device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sizes = arena.allocate(LONG, 2);
            DEVICE_MEMORY.invokeExact(device, sizes, sizes.asSlice(LONG.byteSize()));
            return sizes.toArray(LONG);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return a {@code ggml_backend_dev_type}: 0 CPU, 1 GPU, 2 integrated GPU, 3 accelerator of the CPU. */
    static int deviceType(MemorySegment device) {
        try {
            return (int) DEVICE_TYPE.invokeExact(device);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static MemorySegment deviceBackend(MemorySegment device) {
        try {
            return (MemorySegment) DEVICE_BACKEND.invokeExact(device);
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    static String backendName(MemorySegment backend) {
        return string(BACKEND_NAME, backend);
    }

    /** Return a function that only the back end's own library holds, or a null pointer. */
    static MemorySegment backendFunction(MemorySegment backend, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return (MemorySegment) BACKEND_FUNCTION.invokeExact(backend, arena.allocateFrom(name));
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    /** Return a back end that is loaded, or a null pointer. */
    static MemorySegment backend(String name) {
        return pointer(BACKEND_BY_NAME, name);
    }

    /** Load a back end from its library; a null pointer if that fails. */
    static MemorySegment load(Path library) {
        return pointer(LOAD, library.toString());
    }

    /** Return the devices of a back end. */
    static List<MemorySegment> devices(MemorySegment backend) {
        try {
            List<MemorySegment> devices = new ArrayList<>();
            long count = (long) BACKEND_DEVICE_COUNT.invokeExact(backend);
            for (long i = 0; i < count; i++) {
                devices.add((MemorySegment) BACKEND_DEVICE.invokeExact(backend, i));
            }
            return devices;
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static MemorySegment pointer(MethodHandle function, String argument) {
        try (Arena arena = Arena.ofConfined()) {
            return (MemorySegment) function.invokeExact(arena.allocateFrom(argument));
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static String string(MethodHandle function, MemorySegment argument) {
        try {
            return Native.string((MemorySegment) function.invokeExact(argument)).orElse("");
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }
}
