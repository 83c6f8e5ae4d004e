package dev.proxytune.llama;

import java.nio.file.Path;
import java.util.List;

/**
 * Tell which libraries of llama.cpp are loaded and which devices they can use.
 *
 * @param folder where they were loaded from
 * @param origin what named the folder: a system property, an environment variable or the jar
 * @param version llama.cpp's version
 * @param cpuLibrary the file of the variant chosen for this processor, empty where the system does not tell
 * @param devices the processor and the GPUs
 */
public record LibraryInfo(Path folder, String origin, String version, String cpuLibrary, List<Device> devices) {

    public LibraryInfo {
        devices = List.copyOf(devices);
    }

    /**
     * A device that can hold and run layers of a model.
     *
     * @param name the short name, such as {@code CPU} or {@code CUDA0}
     * @param description the product's name
     * @param backend the part of llama.cpp that drives it
     * @param gpu whether it is a GPU, of its own or built into the processor
     * @param freeBytes memory not in use
     * @param totalBytes memory that it has
     */
    public record Device(
            String name, String description, String backend, boolean gpu, long freeBytes, long totalBytes) {}
}
