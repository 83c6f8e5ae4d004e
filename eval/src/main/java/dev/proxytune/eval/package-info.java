/**
 * The evaluations of the paper: what is asked, what an answer says, and what the answers of a system are worth.
 *
 * <p>A {@link dev.proxytune.eval.Task} knows everything about one benchmark: how its data are read, what each question's
 * prompt is, how an answer is decoded and extracted, and how rows of predictions are scored. Rows come from files of any
 * system ({@link dev.proxytune.eval.RowFile}). What a row lacks is added by a {@link dev.proxytune.eval.Labeler}: a
 * {@link dev.proxytune.eval.Judge}, or a {@link dev.proxytune.eval.CodeLabeler} that runs generated code in a {@link
 * dev.proxytune.eval.Sandbox}.
 *
 * <p>{@link dev.proxytune.eval.Bootstrap}, {@link dev.proxytune.eval.Pairing} and {@link dev.proxytune.eval.GapClosed} say
 * how far such scores can be trusted.
 */
@NullMarked
package dev.proxytune.eval;

import org.jspecify.annotations.NullMarked;
