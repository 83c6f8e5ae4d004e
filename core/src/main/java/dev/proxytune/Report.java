package dev.proxytune;

/** Choose what a generation tells about each token beside its id and text. */
public enum Report {
    /** Nothing more, at no cost. */
    NONE,
    /** The logarithm of the token's probability. Costs a pass over the row. */
    LOGPROBS,
    /** What each role says about the token too. Costs several passes over each role's row. */
    TRACE
}
