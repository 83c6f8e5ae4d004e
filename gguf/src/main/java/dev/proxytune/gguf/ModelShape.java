package dev.proxytune.gguf;

/**
 * The sizes of a model that tensors must agree with.
 *
 * @param width length of the residual stream
 * @param layers number of blocks
 * @param heads attention heads of the first layer, 0 if it has none
 * @param keyValueHeads key-value heads of the first layer
 * @param keyLength length of a head's key
 * @param valueLength length of a head's value
 * @param feedForward hidden units of the first layer's feed-forward part, 0 if unknown
 * @param ropeDimensions dimensions of a head that are rotated
 * @param experts number of experts, 0 for a dense model
 */
record ModelShape(
        long width,
        int layers,
        long heads,
        long keyValueHeads,
        long keyLength,
        long valueLength,
        long feedForward,
        long ropeDimensions,
        long experts) {}
