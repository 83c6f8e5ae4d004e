package dev.proxytune.llama;

import dev.proxytune.ProxyTuneException;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reach the devices of other machines through llama.cpp's RPC back end.
 *
 * <p>llama.cpp ends the process if it cannot connect, or meets a server of another version. So each server is greeted
 * from Java first, in its own protocol. A server that goes away later still ends the process.
 */
final class RpcServers {
    /** Names the library of the back end. */
    static final String VARIABLE = "LLAMA_CPP_RPC_LIB";

    private static final Pattern ADDRESS = Pattern.compile("([^:\\s]+):([0-9]{1,5})");
    private static final int PATIENCE_MILLIS = 5000;

    private static final byte HELLO = 14;
    private static final int CAPABILITIES = 24;
    private static final int MAJOR = 7;

    private RpcServers() {}

    /**
     * Return a null-terminated array of all devices of all servers.
     *
     * @throws ProxyTuneException if the back end is not there, or a server does not answer as one should
     */
    static MemorySegment devices(List<String> servers, Arena arena) {
        servers.forEach(RpcServers::greet);
        MemorySegment backend = backend();
        MethodHandle add = Native.bind(
                BackendApi.backendFunction(backend, "ggml_backend_rpc_add_server"),
                FunctionDescriptor.of(Native.POINTER, Native.POINTER));
        List<MemorySegment> devices = new ArrayList<>();
        for (String server : servers) {
            MemorySegment known = add(add, server);
            if (Native.isNull(known)) {
                throw new ProxyTuneException("The RPC server " + server + " offers no device");
            }
            devices.addAll(BackendApi.devices(known));
        }
        MemorySegment array = arena.allocate(Native.POINTER, devices.size() + 1L);
        for (int i = 0; i < devices.size(); i++) {
            array.setAtIndex(Native.POINTER, i, devices.get(i));
        }
        return array;
    }

    /** Return host and port as groups; refuse what is no address, which would end the process. */
    static Matcher requireAddress(String server) {
        Matcher address = ADDRESS.matcher(server);
        if (!address.matches() || Integer.parseInt(address.group(2)) > 0xFFFF) {
            throw new IllegalArgumentException("an RPC server must be given as host:port, got: " + server);
        }
        return address;
    }

    private static MemorySegment add(MethodHandle function, String server) {
        try (Arena arena = Arena.ofConfined()) {
            return (MemorySegment) function.invokeExact(arena.allocateFrom(server));
        } catch (Throwable thrown) {
            throw Native.impossible(thrown);
        }
    }

    private static synchronized MemorySegment backend() {
        MemorySegment loaded = BackendApi.backend("RPC");
        if (!Native.isNull(loaded)) {
            return loaded;
        }
        String named = NativeFolder.variable(VARIABLE);
        Path library = named.isBlank()
                ? CacheFolder.path().resolve("rpc").resolve(System.mapLibraryName("ggml-rpc"))
                : Path.of(named);
        if (!Files.isRegularFile(library)) {
            throw new ProxyTuneException("llama.cpp's RPC back end is not at " + library
                    + ": build it by tools/build-rpc, or name it by " + VARIABLE);
        }
        var found = LlamaLog.explaining(() -> BackendApi.load(library));
        if (Native.isNull(found.result())) {
            throw new ProxyTuneException("Cannot load llama.cpp's RPC back end from " + library + found.suffix());
        }
        return found.result();
    }

    /** Exchange the first message of the protocol, as llama.cpp would do before it does anything else. */
    private static void greet(String server) {
        Matcher address = requireAddress(server);
        ByteBuffer hello = ByteBuffer.allocate(1 + Long.BYTES + CAPABILITIES).order(ByteOrder.LITTLE_ENDIAN);
        hello.put(HELLO).putLong(CAPABILITIES);
        try (var socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(
                    new InetSocketAddress(address.group(1), Integer.parseInt(address.group(2))), PATIENCE_MILLIS);
            socket.getOutputStream().write(hello.array());
            socket.getOutputStream().flush();
            var in = new DataInputStream(socket.getInputStream());
            long length = Long.reverseBytes(in.readLong());
            int major = in.readUnsignedByte();
            int minor = in.readUnsignedByte();
            if (length != 4 + CAPABILITIES || major != MAJOR || minor > 0) {
                throw new ProxyTuneException("The RPC server " + server + " is of another version (protocol " + major
                        + "." + minor + ", expected " + MAJOR + ".0): run the one that tools/build-rpc builds");
            }
        } catch (IOException e) {
            throw new ProxyTuneException(
                    "The RPC server " + server + " cannot be reached: " + e.getMessage()
                            + "; start tools/build-rpc's ggml-rpc-server there, and see that it is one",
                    e);
        }
    }
}
