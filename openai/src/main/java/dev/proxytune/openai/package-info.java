/**
 * Requests and answers in OpenAI's form.
 *
 * <p>A {@link dev.proxytune.openai.RequestReader} reads a body of JSON for a {@link dev.proxytune.openai.Respondent}, the
 * model that is asked, and refuses what cannot be with an {@link dev.proxytune.openai.ApiException}. An {@link
 * dev.proxytune.openai.AnswerFormat} writes what came out. Where bodies come from and answers go to, over HTTP or in
 * files, is not known here.
 */
@NullMarked
package dev.proxytune.openai;

import org.jspecify.annotations.NullMarked;
