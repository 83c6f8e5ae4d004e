package dev.proxytune.gguf;

import dev.proxytune.InvalidModelException;

/**
 * Decides whether llama.cpp v0.5.0 can load and run a file without ending the process.
 *
 * <p>llama.cpp reports many faults of a file, but asserts, divides by zero or lets C++ exceptions pass through its C
 * interface on others. These checks refuse all of the latter and the most common of the former. They look at the header
 * only, never at weights.
 */
public final class ModelCheck {
    /** How many layers llama.cpp can compute at most. */
    public static final int MOST_LAYERS = 512;

    private ModelCheck() {}

    /**
     * Refuse a file that cannot be run as a text-generating model.
     *
     * @throws InvalidModelException if something is wrong, in one line that says what, where and what to do
     */
    public static void requireModel(GgufHeader header) {
        var facts = facts(header);
        requireTextModel(facts);
        requireWhole(facts);
        if (header.tensors().isEmpty()) {
            throw Refusal.of(
                    header.source(),
                    "there are no tensors, only metadata",
                    "the weights of a model",
                    "take the model's own file instead of a vocabulary file");
        }
        var shape = HyperparameterCheck.check(facts);
        int tokens = TokenizerCheck.check(facts);
        TensorCheck.check(facts, shape, tokens);
    }

    /**
     * Refuse a file whose vocabulary llama.cpp cannot tokenize with, whether the file has weights or not.
     *
     * @throws InvalidModelException if something is wrong, in one line that says what, where and what to do
     */
    public static void requireVocabulary(GgufHeader header) {
        var facts = facts(header);
        requireWhole(facts);
        TokenizerCheck.check(facts);
    }

    private static ModelFacts facts(GgufHeader header) {
        var unnamed = new ModelFacts(header, "general");
        if (header.isAdapter()) {
            throw Refusal.of(
                    header.source(),
                    "this is a LoRA adapter",
                    "a whole model",
                    "give the base model, and this file as its adapter");
        }
        String architecture = unnamed.string("general.architecture")
                .orElseThrow(() -> unnamed.missing("general.architecture", "the name of an architecture"));
        if (!Catalogue.ARCHITECTURES.containsKey(architecture)) {
            throw Refusal.of(
                    header.source(),
                    "key 'general.architecture' is " + Refusal.quote(architecture),
                    "an architecture of llama.cpp v0.5.0, such as llama, qwen3 or gemma3",
                    "take a model of a supported architecture");
        }
        return new ModelFacts(header, architecture);
    }

    private static void requireTextModel(ModelFacts facts) {
        if (Catalogue.ARCHITECTURES.get(facts.architecture()) == Catalogue.Purpose.OTHER) {
            throw Refusal.of(
                    facts.header().source(),
                    "architecture " + Refusal.quote(facts.architecture()) + " does not generate text by itself",
                    "a decoder-only language model",
                    "take a model such as llama, qwen3 or gemma3");
        }
    }

    /** Refuse one part of a split model: llama.cpp would open the other parts, which nobody has checked. */
    private static void requireWhole(ModelFacts facts) {
        int count = SplitModel.count(facts.header());
        if (count > 1) {
            throw Refusal.of(
                    facts.header().source(),
                    "this is one of the " + count + " parts of a split model",
                    "all of them together",
                    "open the first part as a file, with the others beside it");
        }
    }
}
