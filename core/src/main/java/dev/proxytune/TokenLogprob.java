package dev.proxytune;

/**
 * Hold how probable a model finds a token.
 *
 * @param id the token id
 * @param logprob the natural logarithm of its probability; finite
 */
public record TokenLogprob(int id, double logprob) {}
