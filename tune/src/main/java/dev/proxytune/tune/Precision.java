package dev.proxytune.tune;

/** Precision of matrix products and activations; the weights themselves stay in single precision. */
public enum Precision {
    /** Single precision throughout. */
    F32,
    /** Products and activations in bfloat16; norms, softmax and the residual stream keep single precision inside. */
    BF16
}
