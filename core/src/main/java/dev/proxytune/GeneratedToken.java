package dev.proxytune;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Hold one token of an answer.
 *
 * @param id the token id
 * @param text the token's own text; bytes that are only a part of a character appear as U+FFFD
 * @param logprob the natural logarithm of the token's probability in the model's row, before penalties, constraint,
 *     temperature and cut-offs, if it was asked for
 * @param candidates the likeliest tokens of the same row, the likeliest first, as many as were asked for; the token
 *     itself may be missing, and those that the row calls impossible are
 * @param trace what each role says about the token, if it was asked for
 * @param truncation what the row left out from which the token was drawn, if it held only the likeliest tokens
 */
public record GeneratedToken(
        int id,
        String text,
        OptionalDouble logprob,
        List<TokenLogprob> candidates,
        Optional<TokenTrace> trace,
        Optional<Truncation> truncation) {

    public GeneratedToken {
        candidates = List.copyOf(candidates);
    }
}
