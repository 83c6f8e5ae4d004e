package dev.proxytune.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The tensors that a model of a configuration has, by their names in the folder. */
final class TensorPlan {
    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String OUTPUT = "lm_head.weight";

    private final SequencedMap<String, PlannedTensor> tensors = new LinkedHashMap<>();
    private final ModelConfig config;

    private TensorPlan(ModelConfig config) {
        this.config = config;
    }

    /**
     * Return the tensors in the order in which they are written.
     *
     * @param tokens rows of the embedding
     */
    static SequencedMap<String, PlannedTensor> of(ModelConfig config, long tokens) {
        var plan = new TensorPlan(config);
        plan.matrix("token_embd", EMBEDDING, tokens, config.width());
        for (int layer = 0; layer < config.layers(); layer++) {
            plan.addLayer(layer);
        }
        plan.norm("output_norm", "model.norm", config.width());
        plan.put(new PlannedTensor("output.weight", OUTPUT, tokens, config.width(), RowOrder.SAME, 0, !config.tied()));
        return plan.tensors;
    }

    private void addLayer(int layer) {
        String to = "blk." + layer + ".";
        String from = "model.layers." + layer + ".";
        int width = config.width();
        int queries = config.heads() * config.headSize();
        int keys = config.keyHeads() * config.headSize();
        var order = config.family().rotatesNeighbours() ? RowOrder.neighbours(config.headSize()) : RowOrder.SAME;
        norm(to + "attn_norm", from + "input_layernorm", width);
        projection(to + "attn_q", from + "self_attn.q_proj", queries, width, order, true);
        projection(to + "attn_k", from + "self_attn.k_proj", keys, width, order, true);
        projection(to + "attn_v", from + "self_attn.v_proj", keys, width, RowOrder.SAME, true);
        projection(to + "attn_output", from + "self_attn.o_proj", width, queries, RowOrder.SAME, false);
        if (config.family().normalizesHeads()) {
            norm(to + "attn_q_norm", from + "self_attn.q_norm", config.headSize());
            norm(to + "attn_k_norm", from + "self_attn.k_norm", config.headSize());
        }
        if (config.family().normalizesTwice()) {
            norm(to + "post_attention_norm", from + "post_attention_layernorm", width);
            norm(to + "ffn_norm", from + "pre_feedforward_layernorm", width);
            norm(to + "post_ffw_norm", from + "post_feedforward_layernorm", width);
        } else {
            norm(to + "ffn_norm", from + "post_attention_layernorm", width);
        }
        projection(to + "ffn_gate", from + "mlp.gate_proj", config.feedForward(), width, RowOrder.SAME, false);
        projection(to + "ffn_up", from + "mlp.up_proj", config.feedForward(), width, RowOrder.SAME, false);
        projection(to + "ffn_down", from + "mlp.down_proj", width, config.feedForward(), RowOrder.SAME, false);
    }

    private void norm(String name, String source, int size) {
        put(new PlannedTensor(
                name + ".weight",
                source + ".weight",
                0,
                size,
                RowOrder.SAME,
                config.family().normShift(),
                true));
    }

    private void matrix(String name, String source, long rows, long columns) {
        put(new PlannedTensor(name + ".weight", source, rows, columns, RowOrder.SAME, 0, true));
    }

    private void projection(
            String name, String source, long rows, long columns, RowOrder order, boolean isAttentionInput) {
        put(new PlannedTensor(name + ".weight", source + ".weight", rows, columns, order, 0, true));
        boolean isRequired = config.family().biases() == Family.Biases.ATTENTION_INPUTS && isAttentionInput;
        if (isRequired || config.family().biases() == Family.Biases.ANY) {
            put(new PlannedTensor(name + ".bias", source + ".bias", 0, rows, order, 0, isRequired));
        }
    }

    private void put(PlannedTensor tensor) {
        tensors.put(tensor.source(), tensor);
    }

    /** Return whether a tensor of a folder is left out: what is computed, not learned. */
    static boolean isIgnored(String name) {
        return List.of(".rotary_emb.inv_freq", ".attention.masked_bias", ".attention.bias").stream()
                .anyMatch(name::endsWith);
    }

    /** Return whether a tensor belongs to a part of a model that does not read text. */
    static boolean isOfImages(String name) {
        return List.of("vision_tower.", "model.vision_tower.", "multi_modal_projector.", "model.multi_modal_projector.")
                .stream()
                .anyMatch(name::startsWith);
    }
}
