package dev.proxytune.llama;

import dev.proxytune.Decoder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Name the devices that compute a model's layers, as llama.cpp spreads them. */
final class LayerDevices {
    private static final int GPU = 1;
    private static final int INTEGRATED_GPU = 2;

    private LayerDevices() {}

    /** Name the devices of this machine, or the servers, for a model with so many layers. */
    static Set<String> of(List<String> rpcServers, int gpuLayers, int mainGpu, int layers) {
        if (!rpcServers.isEmpty()) {
            return of(rpcServers.stream().map(server -> "rpc " + server).toList(), gpuLayers, layers);
        }
        List<String> gpus = gpus();
        return of(mainGpu >= 0 && mainGpu < gpus.size() ? List.of(gpus.get(mainGpu)) : gpus, gpuLayers, layers);
    }

    /**
     * Name the devices, the processor among them if layers stay there.
     *
     * @param gpuLayers how many layers go elsewhere, one more for the output; −1 for all
     */
    static Set<String> of(List<String> others, int gpuLayers, int layers) {
        if (gpuLayers == 0 || others.isEmpty()) {
            return Set.of(Decoder.CPU);
        }
        Set<String> names = new LinkedHashSet<>(others);
        if (gpuLayers > 0 && gpuLayers <= layers) {
            names.add(Decoder.CPU);
        }
        return names;
    }

    /** Return the names of the GPUs that llama.cpp uses: integrated ones only if there are no others. */
    private static List<String> gpus() {
        List<String> gpus = devices(GPU);
        return gpus.isEmpty() ? devices(INTEGRATED_GPU) : gpus;
    }

    private static List<String> devices(int type) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < BackendApi.deviceCount(); i++) {
            MemorySegment device = BackendApi.device(i);
            if (BackendApi.deviceType(device) == type) {
                names.add(BackendApi.deviceName(device));
            }
        }
        return names;
    }
}
