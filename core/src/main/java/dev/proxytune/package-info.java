/**
 * Proxy-tuning as a language model made of language models.
 *
 * <p>A {@link dev.proxytune.LanguageModel} opens {@link dev.proxytune.Decoder}s, a decoder turns a
 * {@link dev.proxytune.Batch} of tokens into {@link dev.proxytune.Row}s of logits. A
 * {@link dev.proxytune.ProxyTunedModel} is a language model whose rows are
 * {@code target + Σ αᵢ·(expertᵢ − antiExpertᵢ)} (Liu et al. 2024, arXiv 2401.08565, Eq. 1 and section 6.2), so
 * whatever generates, evaluates or serves works on it and on a single model alike.
 */
@NullMarked
package dev.proxytune;

import org.jspecify.annotations.NullMarked;
