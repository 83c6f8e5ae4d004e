package dev.proxytune.cli;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.llama.ModelInfo;
import java.util.List;

/**
 * Say what a model cannot do without: bytes to be read and numbers to be multiplied.
 *
 * @param weightBytes weights that the decode of one token reads
 * @param cacheBytes what one token takes in the KV cache
 * @param products multiply-adds of weights for one token
 * @param output how many of them are the last matrix's, which only tokens need whose logits are wanted
 * @param attention multiply-adds of attention for one token and one that it looks back to
 */
record ModelCost(double weightBytes, double cacheBytes, double products, double output, double attention) {

    static ModelCost of(ModelInfo info) {
        var facts = new HeaderFacts(GgufFile.readHeader(info.file()));
        // A product of queries with keys, and one of what comes out with values.
        double attention = 2.0 * info.layers() * info.embeddingLength();
        return new ModelCost(
                facts.bytesReadPerToken(),
                info.cacheBytesPerToken(),
                facts.multiplyAddsPerToken(),
                facts.multiplyAddsOfOutput(),
                attention);
    }

    /** Return the sum of several models that work one after the other. */
    static ModelCost sum(List<ModelCost> costs) {
        return costs.stream()
                .reduce(
                        new ModelCost(0, 0, 0, 0, 0),
                        (one, two) -> new ModelCost(
                                one.weightBytes + two.weightBytes,
                                one.cacheBytes + two.cacheBytes,
                                one.products + two.products,
                                one.output + two.output,
                                one.attention + two.attention));
    }

    /**
     * Say what a step cannot do without.
     *
     * @param bytes to be read
     * @param multiplyAdds to be computed
     */
    record Work(double bytes, double multiplyAdds) {
        double readingMillis(double rate) {
            return bytes / rate * 1e3;
        }

        double computingMillis(double rate) {
            return multiplyAdds / rate * 1e3;
        }

        /** Return the least time, as reading and computing can overlap at best. */
        double leastMillis(double readRate, double computeRate) {
            return Math.max(readingMillis(readRate), computingMillis(computeRate));
        }
    }

    /** Return the work for a token that looks back to so many. */
    Work decode(double context) {
        return new Work(weightBytes + cacheBytes * context, products + attention * context);
    }

    /** Return the work for a prompt whose last token's logits are wanted. */
    Work prefill(double tokens) {
        return new Work(
                weightBytes + cacheBytes * tokens,
                tokens * (products - output) + output + attention * tokens * (tokens + 1) / 2);
    }
}
