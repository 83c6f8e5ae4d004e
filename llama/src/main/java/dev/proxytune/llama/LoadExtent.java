package dev.proxytune.llama;

/** How much of a model gets into memory. */
enum LoadExtent {
    /** All of it. */
    WEIGHTS,
    /** What is needed to plan decoders, without room for weights or cache. */
    PLAN,
    /** The vocabulary. */
    VOCABULARY
}
