package dev.proxytune.gguf;

import java.util.regex.Pattern;

/** Checks the tensors' types and shapes against the numbers that describe the model. */
final class TensorCheck {
    private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,18})\\..*");
    private static final String EMBEDDING = "token_embd.weight";

    private TensorCheck() {}

    static void check(ModelFacts facts, ModelShape shape, int tokens) {
        boolean strict = HyperparameterCheck.STRICT.contains(facts.architecture());
        for (var tensor : facts.header().tensors()) {
            checkLayer(facts, tensor, shape.layers());
            checkType(facts, tensor, strict);
        }
        var embedding = facts.header()
                .tensor(EMBEDDING)
                .orElseThrow(() -> Refusal.damaged(
                        facts.header().source(), "tensor '" + EMBEDDING + "' is missing", "one row for each token"));
        if (embedding.rank() > 2 || embedding.dimension(0) != shape.width() || embedding.dimension(1) != tokens) {
            throw facts.bad(
                    "tensor '" + EMBEDDING + "' is " + embedding.shapeText(),
                    shape.width() + "x" + tokens + " (embedding length x tokens)");
        }
        if (strict) {
            new TransformerCheck(facts, shape, tokens).check();
        }
    }

    private static void checkLayer(ModelFacts facts, TensorInfo tensor, int layers) {
        var matcher = BLOCK.matcher(tensor.name());
        if (matcher.matches() && Long.parseLong(matcher.group(1)) >= layers) {
            throw facts.bad(
                    "tensor " + Refusal.quote(tensor.name()) + " belongs to layer " + matcher.group(1),
                    "layers below " + layers + " (key " + Refusal.quote(facts.key("block_count")) + ")");
        }
    }

    /** Check that there is code for the type: llama.cpp aborts in the middle of a decode where there is none. */
    private static void checkType(ModelFacts facts, TensorInfo tensor, boolean strict) {
        boolean vector = tensor.rank() == 1;
        boolean table =
                !strict && tensor.type() == TensorType.I32 && tensor.name().contains("tid2eid");
        boolean fits = (vector && !tensor.name().equals(EMBEDDING))
                ? tensor.type() == TensorType.F32
                : tensor.type().isWeight();
        if (!fits && !table) {
            throw facts.bad(
                    "tensor " + Refusal.quote(tensor.name()) + " has type "
                            + tensor.type().label(),
                    vector ? "f32 for a vector" : "a float or quantized type");
        }
    }
}
