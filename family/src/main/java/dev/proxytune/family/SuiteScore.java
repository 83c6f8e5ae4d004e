package dev.proxytune.family;

import dev.proxytune.eval.Proportion;

/**
 * Tell how a system did in a suite.
 *
 * @param right the answers that are right
 * @param counted the answers that name the thing counted after their number, right or not; only telling for arithmetic
 */
public record SuiteScore(Proportion right, Proportion counted) {}
