/**
 * Files of requests, answered row by row.
 *
 * <p>A {@link dev.proxytune.batch.BatchRow} is one request, read from a line of JSON; a {@link
 * dev.proxytune.batch.BatchEngine} answers rows, as many side by side as it has room for, and never fails for a row: what
 * is wrong with one stands in its {@link dev.proxytune.batch.RowAnswer}. {@link dev.proxytune.batch.RowAnswers} gives the
 * answers to any number of rows in their order, with few of them in memory. What is drawn for a row depends on the row
 * alone, so it does not matter where, beside what and in which order it is answered.
 */
@NullMarked
package dev.proxytune.batch;

import org.jspecify.annotations.NullMarked;
