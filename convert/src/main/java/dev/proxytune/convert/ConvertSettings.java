package dev.proxytune.convert;

import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a conversion is asked for.
 *
 * @param type how matrices are stored, one of {@link #TYPES}; that of the folder's weights if absent (F16 for F32), F32 for an adapter
 * @param preTokenizer llama.cpp's name for the rules that split text, if they are not to be found out
 * @param base model that an adapter belongs to: a folder or a GGUF file
 * @param overwrite whether a file that exists is replaced
 */
public record ConvertSettings(
        Optional<TensorType> type, Optional<String> preTokenizer, Optional<Path> base, boolean overwrite) {
    /** The types that a conversion can write. */
    public static final List<TensorType> TYPES =
            List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0);

    public ConvertSettings {
        type.ifPresent(wanted -> {
            if (!TYPES.contains(wanted)) {
                throw new IllegalArgumentException("the type is f32, f16, bf16 or q8_0, got " + wanted.label()
                        + "; convert to f16 or bf16 first and quantize that");
            }
        });
        preTokenizer.ifPresent(name -> {
            if (!name.matches("[a-z0-9][a-z0-9._-]{0,62}")) {
                throw new IllegalArgumentException("a pre-tokenizer is named like llama-bpe, got " + Fault.quote(name));
            }
        });
    }

    /** Return settings that ask for nothing special. */
    public static ConvertSettings defaults() {
        return new ConvertSettings(Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    /** Return these settings with another type. */
    public ConvertSettings withType(TensorType wanted) {
        return new ConvertSettings(Optional.of(wanted), preTokenizer, base, overwrite);
    }

    /** Return these settings with another name for the rules that split text. */
    public ConvertSettings withPreTokenizer(String name) {
        return new ConvertSettings(type, Optional.of(name), base, overwrite);
    }

    /** Return these settings with another base model. */
    public ConvertSettings withBase(Path model) {
        return new ConvertSettings(type, preTokenizer, Optional.of(model), overwrite);
    }

    /** Return these settings with another answer to whether a file is replaced. */
    public ConvertSettings withOverwrite(boolean replace) {
        return new ConvertSettings(type, preTokenizer, base, replace);
    }
}
