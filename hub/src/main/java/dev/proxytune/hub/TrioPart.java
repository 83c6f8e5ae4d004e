package dev.proxytune.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Name one model of a trio.
 *
 * @param model a path, or a reference
 * @param format how its weights are stored, such as {@code Q8_0}
 * @param parameters how many parameters it has, about
 */
public record TrioPart(String model, Optional<String> format, OptionalLong parameters) {

    /** Return the reference, unless the model is a file. */
    public Optional<ModelReference> reference() {
        return Files.exists(Path.of(model)) || !ModelReference.isLike(model)
                ? Optional.empty()
                : Optional.of(ModelReference.parse(model));
    }

    /**
     * Return how many bytes the weights take: those of the file if it is here, else computed from parameters and format.
     */
    public OptionalLong bytes(ModelHub hub) {
        Optional<ModelReference> reference = reference();
        if (reference.isEmpty()) {
            long size = CacheList.size(Path.of(model));
            return size > 0 ? OptionalLong.of(size) : OptionalLong.empty();
        }
        Optional<LocalModel> local = hub.find(reference.get());
        if (local.isPresent()) {
            return OptionalLong.of(
                    local.get().files().stream().mapToLong(CacheList::size).sum());
        }
        Optional<Double> bits = format.flatMap(TrioPart::bits);
        return bits.isPresent() && parameters.isPresent()
                ? OptionalLong.of((long) (parameters.getAsLong() * bits.get() / 8))
                : OptionalLong.empty();
    }

    /** Return how many bits a weight takes on average, as llama.cpp measured it on Llama 3.1 8B. */
    private static Optional<Double> bits(String format) {
        return switch (format) {
            case "Q4_0" -> Optional.of(4.67);
            case "Q4_K_S" -> Optional.of(4.67);
            case "Q4_K_M" -> Optional.of(4.89);
            case "Q5_K_S" -> Optional.of(5.57);
            case "Q5_K_M" -> Optional.of(5.70);
            case "Q6_K" -> Optional.of(6.56);
            case "Q8_0" -> Optional.of(8.50);
            case "F16", "BF16" -> Optional.of(16.0);
            case "F32" -> Optional.of(32.0);
            default -> Optional.empty();
        };
    }
}
