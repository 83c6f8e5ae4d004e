package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.TensorType;
import dev.proxytune.gguf.ValueType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a file says about itself. */
final class GeneralMetadata {
    private static final int QUANTIZATION_VERSION = 2;
    private static final Pattern VERSION = Pattern.compile("v\\d+(\\.\\d+)*|\\d.*");
    private static final Pattern FIRST_LETTERS = Pattern.compile("\\p{L}+");

    /** Recommended sampling, by the name in {@code generation_config.json}. */
    private static final Map<String, String> REALS = Map.of(
            "top_p", "top_p",
            "min_p", "min_p",
            "temperature", "temp",
            "repetition_penalty", "penalty_repeat");

    private GeneralMetadata() {}

    /** Start the metadata of a model. */
    static Metadata.Builder model(Path folder, Family family, TensorType type, long parameters) {
        var metadata = Metadata.builder()
                .put("general.architecture", family.architecture())
                .put("general.type", "model");
        JsonObject.readIfPresent(folder.resolve("generation_config.json"))
                .ifPresent(sampling -> putSampling(sampling, metadata));
        return metadata.put("general.name", name(folder))
                .put("general.size_label", sizeLabel(parameters))
                .putUnsigned("general.file_type", fileType(type))
                .putUnsigned("general.quantization_version", QUANTIZATION_VERSION);
    }

    /** Start the metadata of a LoRA adapter. */
    static Metadata.Builder adapter(Path folder, Family family) {
        return Metadata.builder()
                .put("general.architecture", family.architecture())
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("general.name", name(folder))
                .putUnsigned("general.quantization_version", QUANTIZATION_VERSION);
    }

    private static void putSampling(JsonObject sampling, Metadata.Builder metadata) {
        sampling.integerIfAny("top_k")
                .ifPresent(value -> metadata.put(
                        "general.sampling.top_k",
                        new MetadataValue.Whole(ValueType.INT32, Math.clamp(value, 0, Integer.MAX_VALUE))));
        REALS.forEach((name, key) ->
                sampling.number(name).ifPresent(value -> metadata.put("general.sampling." + key, (float) value)));
    }

    /** Return the number that stands for a type of most weights. */
    private static int fileType(TensorType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default -> throw new IllegalArgumentException("not a type to convert to: " + type);
        };
    }

    /** Return a folder's name for people. */
    static String name(Path folder) {
        return Arrays.stream(folderName(folder).replace('-', ' ').strip().split("\\s+"))
                .map(GeneralMetadata::title)
                .collect(Collectors.joining(" "));
    }

    /** Return the name of a folder; in the Hugging Face cache, where that is a commit, the name of the repository. */
    static String folderName(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        int count = absolute.getNameCount();
        if (count >= 3 && absolute.getName(count - 2).toString().equals("snapshots")) {
            String repository = absolute.getName(count - 3).toString();
            if (repository.startsWith("models--")) {
                return repository.substring(repository.lastIndexOf("--") + 2);
            }
        }
        return Optional.ofNullable(absolute.getFileName()).map(Path::toString).orElse("model");
    }

    private static String title(String word) {
        boolean isLower = word.equals(word.toLowerCase(Locale.ROOT)) && !word.equals(word.toUpperCase(Locale.ROOT));
        return isLower && !VERSION.matcher(word).matches()
                ? FIRST_LETTERS
                        .matcher(word)
                        .replaceAll(run -> run.group().substring(0, 1).toUpperCase(Locale.ROOT)
                                + run.group().substring(1))
                : word;
    }

    /** Return a number of weights in two digits or more, such as {@code 1.2B}. */
    static String sizeLabel(long parameters) {
        String[] units = {"K", "M", "B", "T"};
        int unit = 0;
        double scaled = parameters * 1e-3;
        while (unit < units.length - 1 && parameters > Math.pow(1000, unit + 2)) {
            unit++;
            scaled = parameters * Math.pow(10, -3 * (unit + 1));
        }
        long whole = (long) Math.rint(scaled);
        int digits = whole == 0 ? 0 : Long.toString(whole).length();
        return new BigDecimal(scaled)
                        .setScale(Math.max(0, 2 - digits), RoundingMode.HALF_EVEN)
                        .toPlainString()
                + units[unit];
    }
}
