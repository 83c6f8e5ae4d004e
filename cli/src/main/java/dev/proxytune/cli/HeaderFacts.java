package dev.proxytune.cli;

import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.MetadataValue;
import dev.proxytune.gguf.NumberArray;
import dev.proxytune.gguf.TensorInfo;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.LongStream;

/** Read from a GGUF header what a person asks of a model. */
final class HeaderFacts {
    private final GgufHeader header;
    private final String architecture;

    HeaderFacts(GgufHeader header) {
        this.header = header;
        this.architecture = header.architecture().orElse("unknown");
    }

    GgufHeader header() {
        return header;
    }

    String architecture() {
        return architecture;
    }

    long parameters() {
        return header.tensors().stream().mapToLong(TensorInfo::elements).sum();
    }

    long weightBytes() {
        return header.tensors().stream().mapToLong(TensorInfo::byteSize).sum();
    }

    /**
     * Return how many bytes of weights a decode of one token reads: all matrices, of mixtures of experts those that one
     * token uses, of the embedding only a row unless it is the output too.
     */
    long bytesReadPerToken() {
        long used = number("expert_used_count").orElse(0);
        long experts = number("expert_count").orElse(0);
        return header.tensors().stream()
                .filter(tensor -> header.isTied() || !tensor.name().equals("token_embd.weight"))
                .mapToLong(tensor -> experts > used && tensor.name().contains("_exps.")
                        ? tensor.byteSize() / experts * used
                        : tensor.byteSize())
                .sum();
    }

    /** Return the type that most weights are stored in. */
    String quantization() {
        Map<String, Long> elements = new TreeMap<>();
        for (TensorInfo tensor : header.tensors()) {
            elements.merge(tensor.type().label(), tensor.elements(), Long::sum);
        }
        return elements.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("none");
    }

    OptionalLong contextLength() {
        return number("context_length");
    }

    OptionalLong layers() {
        return number("block_count");
    }

    OptionalLong width() {
        return number("embedding_length");
    }

    OptionalLong heads() {
        return number("attention.head_count");
    }

    OptionalLong keyValueHeads() {
        OptionalLong given = number("attention.head_count_kv");
        return given.isPresent() ? given : heads();
    }

    /** Return the rank of an adapter: the length of its narrow side. */
    OptionalLong adapterRank() {
        return header.tensors().stream()
                .filter(tensor -> tensor.name().endsWith(".lora_b"))
                .mapToLong(TensorInfo::rowLength)
                .max();
    }

    /** Return how many tensors an adapter changes. */
    long adaptedTensors() {
        return header.tensors().stream()
                .filter(tensor -> tensor.name().endsWith(".lora_a"))
                .count();
    }

    /** Return a number of the architecture; the largest where layers differ. */
    private OptionalLong number(String suffix) {
        return switch (header.metadata().values().get(architecture + "." + suffix)) {
            case MetadataValue.Whole whole -> OptionalLong.of(whole.value());
            case NumberArray array ->
                LongStream.range(0, array.size())
                        .map(i -> array.longAt((int) i))
                        .max();
            case null, default -> OptionalLong.empty();
        };
    }
}
