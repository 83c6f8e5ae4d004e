package dev.proxytune.gguf;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks that every tensor of a llama, qwen2, qwen3 or gemma3 model is there, in the shape that llama.cpp gives it. */
final class TransformerCheck {
    private final ModelFacts facts;
    private final ModelShape shape;
    private final long tokens;
    private final String architecture;
    private final Set<String> known = new HashSet<>();

    TransformerCheck(ModelFacts facts, ModelShape shape, int tokens) {
        this.facts = facts;
        this.shape = shape;
        this.tokens = tokens;
        this.architecture = facts.architecture();
    }

    void check() {
        long width = shape.width();
        require("token_embd.weight", width, tokens);
        require("output_norm.weight", width);
        allow("output.weight", width, tokens);
        switch (architecture) {
            case "qwen2" -> allow("output.bias", tokens);
            case "llama" -> {
                allow("rope_freqs.weight", shape.ropeDimensions() / 2);
                allow("rope_factors_long.weight", shape.ropeDimensions() / 2);
                allow("rope_factors_short.weight", shape.ropeDimensions() / 2);
            }
            case "qwen3", "gemma3" -> {
                // Heads for ranking and embedding, which llama.cpp loads and generation never uses.
                known.addAll(List.of("cls.output.weight", "dense_2.weight", "dense_3.weight"));
            }
            default -> throw new IllegalStateException(architecture);
        }
        for (int i = 0; i < shape.layers(); i++) {
            checkAttention("blk." + i + ".");
            checkFeedForward("blk." + i + ".");
        }
        refuseUnknown();
    }

    private void checkAttention(String block) {
        long width = shape.width();
        long query = architecture.equals("qwen2") ? width : shape.keyLength() * shape.heads();
        long value = shape.valueLength() * shape.keyValueHeads();
        long key = architecture.startsWith("qwen") ? value : shape.keyLength() * shape.keyValueHeads();
        require(block + "attn_norm.weight", width);
        if (has(block + "attn_qkv.weight")) {
            require(block + "attn_qkv.weight", width, query + key + value);
            allow(block + "attn_qkv.bias", query + key + value);
        } else {
            require(block + "attn_q.weight", width, query);
            require(block + "attn_k.weight", width, key);
            require(block + "attn_v.weight", width, value);
        }
        allow(block + "attn_q.bias", query);
        allow(block + "attn_k.bias", key);
        allow(block + "attn_v.bias", value);
        require(block + "attn_output.weight", query, width);
        for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_output", "attn_qkv")) {
            allow(block + name + ".scale", 1);
            allow(block + name + ".input_scale", 1);
        }
        if (architecture.equals("llama")) {
            allow(block + "attn_output.bias", width);
            // Old converters wrote this one and llama.cpp never reads it.
            known.add(block + "attn_rot_embd");
        }
        if (architecture.equals("qwen3") || architecture.equals("gemma3")) {
            require(block + "attn_q_norm.weight", shape.keyLength());
            require(block + "attn_k_norm.weight", shape.keyLength());
        }
        if (architecture.equals("gemma3")) {
            require(block + "post_attention_norm.weight", width);
            require(block + "post_ffw_norm.weight", width);
        }
    }

    private void checkFeedForward(String block) {
        long width = shape.width();
        long hidden = shape.feedForward();
        require(block + "ffn_norm.weight", width);
        if (architecture.equals("llama") && shape.experts() > 0) {
            checkExperts(block);
            return;
        }
        require(block + "ffn_gate.weight", width, hidden);
        require(block + "ffn_up.weight", width, hidden);
        require(block + "ffn_down.weight", hidden, width);
        for (String name : List.of("ffn_gate", "ffn_up", "ffn_down")) {
            allow(block + name + ".scale", 1);
            allow(block + name + ".input_scale", 1);
        }
        if (architecture.equals("llama")) {
            allow(block + "ffn_gate.bias", hidden);
            allow(block + "ffn_up.bias", hidden);
            allow(block + "ffn_down.bias", width);
        }
    }

    private void checkExperts(String block) {
        long width = shape.width();
        long hidden = shape.feedForward();
        long experts = shape.experts();
        require(block + "ffn_gate_inp.weight", width, experts);
        require(block + "ffn_gate_exps.weight", width, hidden, experts);
        require(block + "ffn_up_exps.weight", width, hidden, experts);
        require(block + "ffn_down_exps.weight", hidden, width, experts);
        for (String name : List.of("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps")) {
            allow(block + name + ".scale", experts);
            allow(block + name + ".input_scale", experts);
        }
    }

    private boolean has(String name) {
        return facts.header().tensor(name).isPresent();
    }

    private void require(String name, long... dimensions) {
        if (!has(name)) {
            throw Refusal.damaged(
                    facts.header().source(),
                    "tensor " + Refusal.quote(name) + " is missing",
                    "one of shape " + text(dimensions) + " in a " + architecture + " model of " + shape.layers()
                            + " layers");
        }
        allow(name, dimensions);
    }

    private void allow(String name, long... dimensions) {
        known.add(name);
        var tensor = facts.header().tensor(name);
        if (tensor.isEmpty()) {
            return;
        }
        boolean fits = tensor.get().rank() <= dimensions.length;
        for (int i = 0; i < dimensions.length; i++) {
            fits &= tensor.get().dimension(i) == dimensions[i];
        }
        if (!fits) {
            throw facts.bad(
                    "tensor " + Refusal.quote(name) + " is " + tensor.get().shapeText(),
                    text(dimensions) + " by the sizes in the metadata");
        }
    }

    private void refuseUnknown() {
        for (var tensor : facts.header().tensors()) {
            if (!known.contains(tensor.name())) {
                throw facts.bad(
                        "tensor " + Refusal.quote(tensor.name()) + " is not part of a " + architecture + " model",
                        "the tensors of that architecture");
            }
        }
    }

    private static String text(long... dimensions) {
        return Arrays.stream(dimensions).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }
}
