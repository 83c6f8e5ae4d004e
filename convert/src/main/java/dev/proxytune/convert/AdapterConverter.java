package dev.proxytune.convert;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.LoraCheck;
import dev.proxytune.gguf.TensorType;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Converts the folder of a LoRA adapter of PEFT. */
final class AdapterConverter {
    static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String BASE_LAYER = ".base_layer.weight";
    private static final String PREFIX = "base_model.model.";

    /** The two matrices of a change: down to the rank, and up again. */
    private static final class Change {
        private Optional<StoredTensor> down = Optional.empty();
        private Optional<StoredTensor> up = Optional.empty();
    }

    private final Path folder;
    private final AdapterConfig config;
    private final ModelConfig base;
    private final SequencedMap<String, PlannedTensor> planned;
    private final TensorType type;

    private AdapterConverter(Path folder, AdapterConfig config, ModelConfig base, TensorType type) {
        this.folder = folder;
        this.config = config;
        this.base = base;
        // Without a vocabulary in the configuration, any number of rows will do.
        this.planned = TensorPlan.of(base, base.vocabulary().orElse(0));
        this.type = type;
    }

    static ConvertedFile convert(Path folder, Path destination, ConvertSettings settings) {
        var config = AdapterConfig.read(folder);
        Path model = model(folder, config, settings);
        Optional<GgufHeader> header =
                Files.isDirectory(model) ? Optional.empty() : Optional.of(GgufFile.readHeader(model));
        var base = header.map(ModelConfig::read).orElseGet(() -> ModelConfig.read(model));
        var converter =
                new AdapterConverter(folder, config, base, settings.type().orElse(TensorType.F32));
        try (var checkpoint = Checkpoint.openFile(folder, WEIGHTS)) {
            var writer = converter.writer(checkpoint);
            return Converter.write(
                    writer,
                    destination,
                    settings.overwrite(),
                    made -> {
                        LoraCheck.requireAdapter(made);
                        header.ifPresent(known -> LoraCheck.requireFits(made, known));
                    },
                    converter.type,
                    List.of());
        }
    }

    private static Path model(Path folder, AdapterConfig config, ConvertSettings settings) {
        return settings.base()
                .or(() -> config.base().flatMap(AdapterConverter::localFolder))
                .orElseThrow(() -> Fault.of(
                        folder,
                        "the adapter says " + config.base().map(Fault::quote).orElse("nothing")
                                + " about its base model, which is no folder here",
                        "give the base model, a folder or a GGUF file, by --base"));
    }

    private static Optional<Path> localFolder(String name) {
        try {
            return Optional.of(Path.of(name)).filter(path -> Files.exists(path.resolve("config.json")));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private GgufWriter writer(Checkpoint checkpoint) {
        var changes = new TreeMap<String, Change>();
        checkpoint.tensors().forEach((name, tensor) -> {
            // PEFT repeats the base model's own matrix where a change is of the embedding or the output.
            if (!name.endsWith(BASE_LAYER)) {
                collect(name, tensor, changes);
            }
        });
        if (changes.isEmpty()) {
            throw Fault.of(folder, "the adapter changes nothing", "take another adapter");
        }
        var factors = new ArrayList<Double>();
        changes.forEach((module, change) -> factors.add(factor(module, pair(module, change, change.down))));
        double common = factors.stream().allMatch(factors.getFirst()::equals) ? factors.getFirst() : 1;
        var metadata = GeneralMetadata.adapter(folder, base.family())
                .put("adapter.lora.alpha", (float) (config.alpha() * common))
                .build();
        var writer = new GgufWriter(metadata);
        int index = 0;
        for (var entry : changes.entrySet()) {
            var change = entry.getValue();
            var down = pair(entry.getKey(), change, change.down);
            var up = pair(entry.getKey(), change, change.up);
            add(writer, entry.getKey(), down, up, (float) (factors.get(index++) / common));
        }
        return writer;
    }

    private void collect(String name, StoredTensor tensor, Map<String, Change> changes) {
        String module = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        boolean isDown = module.endsWith(".lora_A.weight") || module.endsWith(".lora_embedding_A");
        boolean isUp = module.endsWith(".lora_B.weight") || module.endsWith(".lora_embedding_B");
        if (!isDown && !isUp) {
            throw Fault.of(
                    tensor.file().path(),
                    "tensor " + Fault.quote(name) + " is not a matrix of LoRA",
                    "llama.cpp applies lora_A and lora_B only, so merge the adapter into the model and convert that");
        }
        module = module.substring(0, module.lastIndexOf(".lora_")).replace("language_model.", "");
        var change = changes.computeIfAbsent(module, _ -> new Change());
        var place = Optional.of(tensor);
        if (isDown) {
            change.down = place;
        } else {
            change.up = place;
        }
    }

    private StoredTensor pair(String module, Change change, Optional<StoredTensor> one) {
        return one.filter(_ -> change.down.isPresent() && change.up.isPresent())
                .orElseThrow(() -> Fault.of(
                        folder, "one of the two matrices for " + Fault.quote(module) + " is missing", Fault.DAMAGED));
    }

    /** Return by what a change must be multiplied so that llama.cpp's scale, alpha over rank, is right for it. */
    private double factor(String module, StoredTensor down) {
        int rank = config.rank(module);
        if (down.shape().size() != 2 || down.shape().getFirst() != rank) {
            throw Fault.of(
                    down.file().path(),
                    "tensor " + Fault.quote(down.name()) + " is of shape " + down.shape(),
                    "by " + CONFIG + " the rank is " + rank + ", so " + Fault.DAMAGED);
        }
        return config.scale(module) * rank / config.alpha();
    }

    private void add(GgufWriter writer, String module, StoredTensor down, StoredTensor up, float factor) {
        var plan = planned.get(module + ".weight");
        if (plan == null || (plan.rows() == 0 && !isOfVocabulary(plan))) {
            throw Fault.of(
                    down.file().path(),
                    "the adapter changes " + Fault.quote(module) + ", which "
                            + base.family().architecture() + " with " + base.layers() + " layers does not have",
                    "give the model that it was trained on by --base");
        }
        requireUntied(plan);
        requireShapes(plan, down, up);
        long rank = down.shape().getFirst();
        String name = plan.name();
        var downType = fitting(down.shape().getLast());
        var upType = fitting(rank);
        if (plan.source().equals(TensorPlan.EMBEDDING)) {
            // The rows of an embedding are looked up, so those of its change must be rows too.
            writer.addRows(name + ".lora_a", upType, List.of(rank, down.shape().getLast()), TransposedRows.of(down));
        } else {
            writer.addRows(
                    name + ".lora_a",
                    downType,
                    List.of(down.shape().getLast(), rank),
                    TensorRows.of(down, RowOrder.SAME, 1, downType));
        }
        writer.addRows(
                name + ".lora_b",
                upType,
                List.of(rank, up.shape().getFirst()),
                TensorRows.of(up, plan.order(), factor, upType));
    }

    private static boolean isOfVocabulary(PlannedTensor plan) {
        return plan.source().equals(TensorPlan.EMBEDDING) || plan.source().equals(TensorPlan.OUTPUT);
    }

    private void requireUntied(PlannedTensor plan) {
        if (base.tied() && isOfVocabulary(plan)) {
            throw Fault.of(
                    folder,
                    "the adapter changes the embedding or the output, which are one matrix in this model",
                    "llama.cpp cannot apply it, so merge it into the model and convert that");
        }
    }

    private void requireShapes(PlannedTensor plan, StoredTensor down, StoredTensor up) {
        long rank = down.shape().getFirst();
        boolean isEmbedding = plan.source().equals(TensorPlan.EMBEDDING);
        var downShape = List.of(rank, isEmbedding ? plan.rows() : plan.columns());
        var upShape = List.of(isEmbedding ? plan.columns() : plan.rows(), rank);
        boolean fitsDown = down.shape().equals(downShape) || (isEmbedding && plan.rows() == 0);
        boolean fitsUp = up.shape().equals(upShape) || (!isEmbedding && plan.rows() == 0);
        if (!fitsDown || !fitsUp || up.shape().size() != 2) {
            throw Fault.of(
                    down.file().path(),
                    "the change of " + Fault.quote(plan.source()) + " is of shapes " + down.shape() + " and "
                            + up.shape() + ", for the base model it would be " + downShape + " and " + upShape,
                    "give the model that it was trained on by --base");
        }
        down.type();
        up.type();
    }

    private TensorType fitting(long rowLength) {
        return rowLength % type.blockSize() == 0 ? type : TensorType.F16;
    }
}
