/**
 * Comparisons of systems over tasks, with the paper's tables, tests and figures.
 *
 * <p>{@link dev.proxytune.report.ReportFiles} finds out which system of which task a file of predictions belongs to,
 * {@link dev.proxytune.report.Report} computes what there is to say and says it as a page, as text or as JSON. Figures
 * are drawn once, as SVG; nothing here loads AWT but {@link dev.proxytune.report.Png}.
 */
@NullMarked
package dev.proxytune.report;

import org.jspecify.annotations.NullMarked;
