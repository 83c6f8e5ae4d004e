package dev.proxytune.tune;

import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The computation from tokens to logits, over weights that somebody else owns. */
final class Network implements AutoCloseable {
    private final ModelShape shape;
    private final ScalarType type;
    private final Map<String, Tensor> weights;
    private final Constants constants;
    private final Attention attention;

    Network(ModelShape shape, Compute compute, Map<String, Tensor> weights) {
        this.shape = shape;
        this.type = compute.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        this.weights = weights;
        this.constants = new Constants(shape, compute.device(), type);
        this.attention = new Attention(shape, compute);
    }

    private Tensor weight(String name) {
        return Objects.requireNonNull(weights.get(name), name);
    }

    /** Return matrices side by side in the precision of products. */
    private Tensor matrices(String... names) {
        if (names.length == 1) {
            return weight(names[0]).to(type);
        }
        var parts = new TensorVector();
        for (String name : names) {
            parts.push_back(weight(name));
        }
        return torch.cat(parts, 0).to(type);
    }

    /**
     * Return the states that the output multiplies, {@code [rows * length, width]}.
     *
     * @param ids token ids, {@code [rows * length]}
     * @param mask what {@link #mask(TokenBatch)} returned
     */
    Tensor states(Tensor ids, int rows, int length, Attention.Mask mask) {
        Tensor x = torch.embedding(weight("token_embd.weight"), ids);
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "blk." + layer + ".";
            Tensor input = x;
            Tensor attended = Torch.scoped(() -> input.add(attention(block, input, rows, length, mask)));
            x = Torch.scoped(() -> attended.add(feedForward(block, attended)));
        }
        return norm(x, "output_norm.weight");
    }

    /** Return the logits of states, {@code [states, vocabularySize]}, in the precision of products. */
    Tensor logits(Tensor states) {
        return torch.linear(states, output().to(type));
    }

    /** Return the matrix that turns states into logits, {@code [vocabularySize, width]}, in single precision. */
    Tensor output() {
        return weight(shape.tied() ? "token_embd.weight" : "output.weight");
    }

    private Tensor norm(Tensor x, String name) {
        long[] last = {shape.width()};
        return torch.rms_norm(x, last, new TensorOptional(weight(name)), new DoubleOptional(shape.normEpsilon()))
                .to(type);
    }

    private Tensor attention(String block, Tensor x, int rows, int length, Attention.Mask mask) {
        int heads = shape.heads();
        int pairs = shape.keyValueHeads();
        Tensor input = norm(x, block + "attn_norm.weight");
        Tensor all = torch.linear(
                        input, matrices(block + "attn_q.weight", block + "attn_k.weight", block + "attn_v.weight"))
                .view(rows, length, heads + 2L * pairs, shape.headSize());
        Tensor rotated = rotate(all.narrow(2, 0, heads + pairs), length);
        Tensor queries = rotated.narrow(2, 0, heads);
        Tensor keys = rotated.narrow(2, heads, pairs);
        Tensor values = all.narrow(2, heads + pairs, pairs);
        Tensor mixed = attention.mix(queries, keys, values, mask);
        return torch.linear(mixed, matrices(block + "attn_output.weight"));
    }

    private Tensor rotate(Tensor heads, int length) {
        Tensor table = constants.rotation(length);
        return heads.mul(table.select(0, 0))
                .addcmul_(heads.roll(new long[] {shape.headSize() / 2}, 3), table.select(0, 1));
    }

    private Tensor feedForward(String block, Tensor x) {
        Tensor input = norm(x, block + "ffn_norm.weight");
        Tensor both = torch.linear(input, matrices(block + "ffn_gate.weight", block + "ffn_up.weight"));
        Tensor gate = both.narrow(1, 0, shape.feedForward());
        Tensor up = both.narrow(1, shape.feedForward(), shape.feedForward());
        return torch.linear(torch.silu(gate).mul_(up), matrices(block + "ffn_down.weight"));
    }

    /** Return which tokens of the batch see which. */
    Attention.Mask mask(TokenBatch batch) {
        return constants.mask(batch);
    }

    @Override
    public void close() {
        constants.close();
    }
}
