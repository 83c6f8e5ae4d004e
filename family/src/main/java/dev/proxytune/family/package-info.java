/**
 * The small models that come with the project: their texts, their questions, and what they score.
 *
 * <p>{@link dev.proxytune.family.FamilyTexts} writes everything that the models are trained on and asked, from a seed:
 * {@link dev.proxytune.family.Facts} knows what there is to remember, {@link dev.proxytune.family.Stories} what there
 * is to work out. The base models read the {@link dev.proxytune.family.Corpus}, the expert and the target that is tuned
 * for comparison read the {@link dev.proxytune.family.TuningSet}, and nobody reads the questions of a
 * {@link dev.proxytune.family.Suite} before they are asked.
 */
@NullMarked
package dev.proxytune.family;

import org.jspecify.annotations.NullMarked;
