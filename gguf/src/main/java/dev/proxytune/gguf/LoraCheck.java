package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;

/** Decides whether llama.cpp v0.5.0 can load a LoRA adapter, alone and for a base model. */
public final class LoraCheck {
    private static final String FIRST = ".lora_a";
    private static final String SECOND = ".lora_b";
    private static final long LARGEST_RANK = 1 << 16;

    private LoraCheck() {}

    /**
     * Refuse a file that is not a sound LoRA adapter.
     *
     * @throws InvalidModelException if something is wrong, in one line that says what, where and what to do
     */
    public static void requireAdapter(GgufHeader adapter) {
        var facts = new ModelFacts(adapter, "adapter");
        requireText(facts, "general.type", "adapter");
        requireText(facts, "adapter.type", "lora");
        String architecture = facts.string("general.architecture").orElse("");
        if (!Catalogue.ARCHITECTURES.containsKey(architecture)) {
            throw facts.bad(
                    "key 'general.architecture' is " + Refusal.quote(architecture),
                    "an architecture of llama.cpp v0.5.0");
        }
        if (facts.real("adapter.lora.alpha", -1e6, 1e6).isEmpty()) {
            throw facts.missing("adapter.lora.alpha", "an f32");
        }
        checkInvocation(facts);
        if (adapter.tensors().isEmpty()) {
            throw Refusal.damaged(adapter.source(), "there are no tensors", "pairs of .lora_a and .lora_b tensors");
        }
        for (var tensor : adapter.tensors()) {
            checkTensor(facts, tensor);
        }
    }

    /**
     * Refuse an adapter that was made for another model than this one.
     *
     * @param adapter a header that {@link #requireAdapter} accepts
     * @param base a header that {@link ModelCheck#requireModel} accepts
     * @throws InvalidModelException if something is wrong, in one line that says what, where and what to do
     */
    public static void requireFits(GgufHeader adapter, GgufHeader base) {
        var facts = new ModelFacts(adapter, "adapter");
        if (!adapter.architecture().equals(base.architecture())) {
            throw anotherModel(
                    adapter,
                    "the adapter is for architecture "
                            + Refusal.quote(adapter.architecture().orElse("")),
                    Refusal.quote(base.architecture().orElse("")) + ", that of " + base.source());
        }
        for (var first : adapter.tensors()) {
            if (first.name().endsWith(FIRST)) {
                String name = stem(first.name(), FIRST);
                checkFits(adapter, base, name, first, second(facts, first));
            }
        }
    }

    private static void requireText(ModelFacts facts, String key, String expected) {
        String found = facts.string(key).orElse("");
        if (!found.equals(expected)) {
            throw Refusal.of(
                    facts.header().source(),
                    "key " + Refusal.quote(key) + " is " + Refusal.quote(found),
                    Refusal.quote(expected) + " in a LoRA adapter",
                    "convert the adapter with llama.cpp's convert_lora_to_gguf.py");
        }
    }

    private static void checkInvocation(ModelFacts facts) {
        String key = "adapter.alora.invocation_tokens";
        var value = facts.header().metadata().value(key);
        if (value.isPresent()
                && !(value.get() instanceof NumberArray array && array.elementType() == ValueType.UINT32)) {
            throw facts.wrongType(key, value.get(), "an array of u32");
        }
        facts.string("adapter.lora.task_name");
        facts.string("adapter.lora.prompt_prefix");
    }

    private static void checkTensor(ModelFacts facts, TensorInfo tensor) {
        String name = tensor.name();
        if (name.endsWith("_norm.weight")) {
            return;
        }
        boolean first = name.endsWith(FIRST);
        String stem = first ? stem(name, FIRST) : name.endsWith(SECOND) ? stem(name, SECOND) : "";
        // llama.cpp removes these endings wherever they stand, so one inside the name would pair tensors wrongly.
        if (stem.isEmpty() || stem.contains(FIRST) || stem.contains(SECOND)) {
            throw facts.bad(
                    "tensor " + Refusal.quote(name) + " is not part of an adapter",
                    "names ending in .lora_a or .lora_b");
        }
        if (!tensor.type().isWeight() || tensor.rank() > 3) {
            throw facts.bad(
                    "tensor " + Refusal.quote(name) + " is " + tensor.shapeText() + " of type "
                            + tensor.type().label(),
                    "a matrix of a float or quantized type");
        }
        if (!first) {
            if (facts.header().tensor(stem + FIRST).isEmpty()) {
                throw unpaired(facts, name, stem + FIRST);
            }
            return;
        }
        var second = second(facts, tensor);
        long rank = rank(stem, tensor);
        if (rank != second.dimension(0) || rank > LARGEST_RANK || tensor.dimension(2) != second.dimension(2)) {
            throw facts.bad(
                    "tensors " + Refusal.quote(name) + " (" + tensor.shapeText() + ") and "
                            + Refusal.quote(second.name()) + " (" + second.shapeText() + ") do not multiply",
                    "one common rank from 1 to " + LARGEST_RANK);
        }
    }

    private static TensorInfo second(ModelFacts facts, TensorInfo first) {
        String name = stem(first.name(), FIRST) + SECOND;
        return facts.header().tensor(name).orElseThrow(() -> unpaired(facts, first.name(), name));
    }

    private static InvalidModelException unpaired(ModelFacts facts, String found, String missing) {
        return Refusal.damaged(
                facts.header().source(),
                "tensor " + Refusal.quote(found) + " is alone",
                Refusal.quote(missing) + " too");
    }

    private static String stem(String name, String ending) {
        return name.substring(0, name.length() - ending.length());
    }

    /** The adapter of an embedding is looked up by row, so its first matrix is stored the other way round. */
    private static boolean isEmbedding(String name) {
        return name.endsWith("token_embd.weight");
    }

    private static long rank(String name, TensorInfo first) {
        return isEmbedding(name) ? first.dimension(0) : first.dimension(1);
    }

    private static void checkFits(
            GgufHeader adapter, GgufHeader base, String name, TensorInfo first, TensorInfo second) {
        var weight = base.tensor(name)
                .orElseThrow(() -> anotherModel(
                        adapter,
                        "the adapter changes tensor " + Refusal.quote(name),
                        "tensors that " + base.source() + " has"));
        // The output of such a model multiplies by the embedding, for which the pair is stored the wrong way round.
        if (isEmbedding(name) && base.isTied()) {
            throw Refusal.of(
                    adapter.source(),
                    "the adapter changes the embedding, which " + base.source() + " uses as its output too",
                    "an adapter that leaves tensor " + Refusal.quote(name) + " alone",
                    "merge the adapter into the model, or train one without the embedding");
        }
        long input = isEmbedding(name) ? second.dimension(1) : first.dimension(0);
        long output = isEmbedding(name) ? first.dimension(1) : second.dimension(1);
        if (weight.dimension(0) != input
                || weight.dimension(1) != output
                || weight.dimension(2) != first.dimension(2)
                || weight.dimension(3) != 1) {
            throw anotherModel(
                    adapter,
                    "the adapter of tensor " + Refusal.quote(name) + " is for " + input + "x" + output,
                    weight.shapeText() + ", its shape in " + base.source());
        }
    }

    private static InvalidModelException anotherModel(GgufHeader adapter, String found, String expected) {
        return Refusal.of(adapter.source(), found, expected, "give the adapter the model it was trained on");
    }
}
