package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import dev.proxytune.gguf.ModelCheck;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** Converts the folder of a model. */
final class ModelConverter {
    private static final String ROPE_FACTORS = "rope_freqs.weight";

    private final Path folder;
    private final ModelConfig config;
    private final SequencedMap<String, StoredTensor> stored;
    private final SequencedMap<String, PlannedTensor> planned;
    private final int tokens;
    private final TensorType type;
    private final List<String> notes = new ArrayList<>();

    private ModelConverter(Path folder, ModelConfig config, Checkpoint checkpoint, Optional<TensorType> type) {
        this.folder = folder;
        this.config = config;
        this.stored = textTensors(checkpoint, config.family());
        this.tokens = tokens();
        this.planned = TensorPlan.of(config, tokens);
        this.type = type.orElseGet(() -> defaultType(checkpoint));
    }

    static ConvertedFile convert(Path folder, Path destination, ConvertSettings settings) {
        var config = ModelConfig.read(folder);
        try (var checkpoint = Checkpoint.open(folder)) {
            var converter = new ModelConverter(folder, config, checkpoint, settings.type());
            converter.checkTensors();
            var writer = converter.addTensors(new GgufWriter(converter.metadata(settings)));
            return Converter.write(
                    writer, destination, settings.overwrite(), converter::check, converter.type, converter.notes);
        }
    }

    /** Return the type that loses nothing of 16-bit weights; those of 32 bits are rounded to F16. */
    static TensorType defaultType(Checkpoint checkpoint) {
        return checkpoint.tensors().values().stream()
                .filter(tensor -> tensor.shape().size() > 1)
                .flatMap(tensor -> tensor.knownType().stream())
                .filter(known -> known != TensorType.F32)
                .findFirst()
                .orElse(TensorType.F16);
    }

    /** Return the tensors that read text, by the names that a model of text alone has for them. */
    private static SequencedMap<String, StoredTensor> textTensors(Checkpoint checkpoint, Family family) {
        var tensors = new LinkedHashMap<String, StoredTensor>();
        checkpoint.tensors().forEach((name, tensor) -> {
            boolean isLeftOut = TensorPlan.isIgnored(name) || (family == Family.GEMMA3 && TensorPlan.isOfImages(name));
            if (!isLeftOut && tensors.put(name.replace("language_model.", ""), tensor) != null) {
                throw Fault.of(
                        tensor.file().path(),
                        "tensor " + Fault.quote(name) + " is there under two names",
                        Fault.DAMAGED);
            }
        });
        return tensors;
    }

    private int tokens() {
        var embedding = stored.get(TensorPlan.EMBEDDING);
        if (embedding == null) {
            throw missing(TensorPlan.EMBEDDING);
        }
        long rows = embedding.shape().size() == 2 ? embedding.shape().getFirst() : 0;
        long stated = config.vocabulary().map(Integer::longValue).orElse(rows);
        // Gemma's embedding may have rows to spare.
        boolean fits = config.family() == Family.GEMMA3 ? rows >= stated : rows == stated;
        if (!fits || stated < 1 || stated > Integer.MAX_VALUE) {
            throw Fault.of(
                    embedding.file().path(),
                    "the embedding is of shape " + embedding.shape() + ", but config.json states " + stated + " tokens",
                    "take the configuration and the weights of one and the same model");
        }
        return (int) stated;
    }

    private InvalidModelException missing(String name) {
        return Fault.of(
                folder, "there is no tensor " + Fault.quote(name), "download the missing part of the weights too");
    }

    private void checkTensors() {
        for (var tensor : stored.entrySet()) {
            if (!planned.containsKey(tensor.getKey())) {
                throw Fault.of(
                        tensor.getValue().file().path(),
                        "tensor " + Fault.quote(tensor.getKey()) + " is not one that "
                                + config.family().architecture() + " with " + config.layers() + " layers has",
                        "take the configuration and the weights of one and the same model");
            }
        }
        for (var plan : planned.values()) {
            var tensor = stored.get(plan.source());
            if (tensor == null) {
                if (plan.isRequired()) {
                    throw missing(plan.source());
                }
                continue;
            }
            boolean mayHaveMore =
                    config.family() == Family.GEMMA3 && plan.source().equals(TensorPlan.EMBEDDING);
            var shape = mayHaveMore ? List.of((long) tokens, tensor.shape().getLast()) : tensor.shape();
            if (!shape.equals(plan.storedShape())) {
                throw Fault.of(
                        tensor.file().path(),
                        "tensor " + Fault.quote(plan.source()) + " is of shape " + tensor.shape(),
                        "by config.json it has " + plan.storedShape()
                                + ", so take the configuration and the weights of one and the same model");
            }
            tensor.type();
        }
    }

    private Metadata metadata(ConvertSettings settings) {
        long parameters = planned.values().stream()
                .filter(plan -> stored.containsKey(plan.source()))
                .mapToLong(plan -> Math.max(1, plan.rows()) * plan.columns())
                .sum();
        var metadata = GeneralMetadata.model(folder, config.family(), type, parameters);
        config.describe(metadata, tokens);
        var tokenizer = new TokenizerFolder(folder, config.family(), settings.preTokenizer(), notes);
        var vocabulary = tokenizer.read(tokens);
        vocabulary.describe(metadata);
        var json = JsonObject.read(folder.resolve("config.json"));
        SpecialTokens.describe(tokenizer, json, config.family(), vocabulary.tokens(), metadata);
        ChatTemplates.describe(folder, tokenizer.config(), metadata);
        return metadata.build();
    }

    private GgufWriter addTensors(GgufWriter writer) {
        config.rope().filter(Rope::hasFactors).ifPresent(rope -> {
            float[] factors = rope.factors(config.headSize());
            writer.addFloats(ROPE_FACTORS, TensorType.F32, List.of((long) factors.length), factors);
        });
        var others = new HashSet<String>();
        for (var plan : planned.values()) {
            var tensor = stored.get(plan.source());
            if (tensor != null) {
                var target = plan.type(type);
                writer.addRows(plan.name(), target, plan.shape(), TensorRows.of(tensor, plan, target));
                if (plan.rows() > 0 && target != type) {
                    others.add(plan.name());
                }
            }
        }
        if (!others.isEmpty()) {
            notes.add(others.size() + " matrices are stored as F16, as their rows do not divide into the blocks of "
                    + type);
        }
        return writer;
    }

    private void check(GgufHeader header) {
        try {
            ModelCheck.requireModel(header);
        } catch (InvalidModelException e) {
            String reason = String.valueOf(e.getMessage()).replace(header.source() + ": ", "");
            throw new InvalidModelException(folder + ": llama.cpp could not run what this makes: " + reason, e);
        }
    }
}
