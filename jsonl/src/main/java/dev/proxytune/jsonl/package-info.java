/**
 * Files of JSON lines that grow row by row, and go on where they broke off.
 *
 * <p>A {@link dev.proxytune.jsonl.RowWriter} appends rows so that a process may be killed at any time, and another run
 * with the same settings goes on behind the last whole row.
 */
@NullMarked
package dev.proxytune.jsonl;

import org.jspecify.annotations.NullMarked;
