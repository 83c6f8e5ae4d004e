package dev.proxytune;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Hold one token of an answer.
 *
 * @param id the token id
 * @param text the token's own text; bytes that are only a part of a character appear as U+FFFD
 * @param logprob the natural logarithm of the token's probability in the model's row, before penalties, temperature and
 *     cut-offs, if it was asked for
 * @param trace what each role says about the token, if it was asked for
 */
public record GeneratedToken(int id, String text, OptionalDouble logprob, Optional<TokenTrace> trace) {}
