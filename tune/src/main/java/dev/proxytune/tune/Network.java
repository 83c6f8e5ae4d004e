package dev.proxytune.tune;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The computation from tokens to states.
 *
 * <p>The residual stream, rotations and sums of squares are in single precision. What enters products is in theirs.
 */
final class Network implements AutoCloseable {
    private final ModelShape shape;
    private final Architecture kind;
    private final Weights weights;
    private final Constants constants;
    private final Attention attention;

    /**
     * Create the computation over weights that somebody else owns.
     *
     * @param ropeFactors what each rotary frequency is divided by, or none
     */
    Network(ModelShape shape, Weights weights, float[] ropeFactors) {
        this.shape = shape;
        this.kind = shape.kind();
        this.weights = weights;
        this.constants = new Constants(shape, weights.compute(), weights.type(), ropeFactors);
        this.attention = new Attention(shape, weights.compute());
    }

    /**
     * Return the states that the output multiplies, {@code [rows * length, width]}, in the precision of products.
     *
     * @param ids token ids, {@code [rows * length]}
     * @param likeLlamaCpp whether to round where llama.cpp looks up a table, which gives no gradients
     */
    Tensor states(Tensor ids, TokenBatch batch, boolean likeLlamaCpp) {
        Tensor x = torch.embedding(weights.exact(TensorNames.EMBEDDING), ids);
        if (kind.scalesEmbeddings()) {
            x = x.mul(new Scalar(Math.sqrt(shape.width())));
        }
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "blk." + layer + ".";
            boolean local = shape.window().layers().contains(layer);
            Tensor input = x;
            Tensor attended = Torch.scoped(() -> {
                Tensor added = attend(block, input, batch, local);
                return input.add(
                        kind.normsOutputs() ? normExactly(added, block + "post_attention_norm.weight") : added);
            });
            x = Torch.scoped(() -> {
                Tensor added = feedForward(block, attended, likeLlamaCpp);
                return attended.add(kind.normsOutputs() ? normExactly(added, block + "post_ffw_norm.weight") : added);
            });
        }
        return norm(x, "output_norm.weight");
    }

    /** Return the logits of states, {@code [states, vocabularySize]}, in the precision of products. */
    Tensor logits(Tensor states) {
        return torch.linear(states, weights.rounded(outputName()));
    }

    /** Return the name of the matrix that turns states into logits. */
    String outputName() {
        return shape.tied() ? TensorNames.EMBEDDING : TensorNames.OUTPUT;
    }

    /** Return the last dimension scaled to a mean square of one, not yet multiplied by weights. */
    private Tensor unit(Tensor x) {
        Tensor length = torch.linalg_vector_norm(x, new Scalar(2.0), new long[] {-1}, true, new ScalarTypeOptional());
        Tensor inverse = length.square()
                .mul(new Scalar(1.0 / x.size(-1)))
                .add_(new Scalar(shape.normEpsilon()))
                .rsqrt_();
        return x.mul(inverse);
    }

    private Tensor norm(Tensor x, String name) {
        return unit(x).to(weights.type()).mul(weights.rounded(name));
    }

    private Tensor normExactly(Tensor x, String name) {
        return unit(x.to(ScalarType.Float)).mul(weights.exact(name));
    }

    private Tensor attend(String block, Tensor x, TokenBatch batch, boolean local) {
        long rows = batch.rows();
        int length = batch.length();
        int heads = shape.heads();
        int pairs = shape.keyValueHeads();
        Tensor input = norm(x, block + "attn_norm.weight");
        Tensor all = weights.multiply(input, block + "attn_q", block + "attn_k", block + "attn_v")
                .view(rows, length, heads + 2L * pairs, shape.headSize());
        Tensor turned = all.narrow(2, 0, heads + pairs).to(ScalarType.Float);
        if (kind.normsHeads()) {
            turned = unit(turned).mul(headNorms(block));
        }
        turned = rotate(turned, constants.rotation(length, local));
        Tensor mixed = attention.mix(
                turned.narrow(2, 0, heads),
                turned.narrow(2, heads, pairs),
                all.narrow(2, heads + pairs, pairs),
                constants.mask(batch, local));
        return weights.multiply(mixed, block + "attn_output");
    }

    /** Return the weights of the norms of all queries and keys, {@code [heads + keyValueHeads, headSize]}. */
    private Tensor headNorms(String block) {
        var norms = new TensorVector();
        norms.push_back(weights.exact(block + "attn_q_norm.weight").expand(shape.heads(), shape.headSize()));
        norms.push_back(weights.exact(block + "attn_k_norm.weight").expand(shape.keyValueHeads(), shape.headSize()));
        return torch.cat(norms, 0);
    }

    private static Tensor rotate(Tensor heads, Tensor table) {
        Tensor pairs = heads.view(heads.size(0), heads.size(1), heads.size(2), heads.size(3) / 2, 2);
        return torch.view_as_real(torch.view_as_complex(pairs).mul(table)).flatten(3, 4);
    }

    private Tensor feedForward(String block, Tensor x, boolean likeLlamaCpp) {
        Tensor input = norm(x, block + "ffn_norm.weight");
        // One product for both would leave halves of rows, on which what follows is twice as slow.
        Tensor gate = weights.multiply(input, block + "ffn_gate");
        Tensor up = weights.multiply(input, block + "ffn_up");
        Tensor open = kind.gatesByGelu() ? gelu(gate, likeLlamaCpp) : torch.silu(gate);
        return weights.multiply(open.mul(up), block + "ffn_down");
    }

    private static Tensor gelu(Tensor gate, boolean likeLlamaCpp) {
        if (!likeLlamaCpp) {
            return torch.gelu(gate, "tanh");
        }
        // llama.cpp looks numbers below 10 up in a table in half precision.
        Tensor rounded = torch.gelu(gate.to(ScalarType.Half).to(ScalarType.Float), "tanh")
                .to(ScalarType.Half)
                .to(gate.scalar_type());
        return torch.where(gate.lt(new Scalar(10.0)), rounded, gate);
    }

    @Override
    public void close() {
        constants.close();
    }
}
