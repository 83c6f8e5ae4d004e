/**
 * Files of requests, answered by Apache Spark on many machines.
 *
 * <p>{@link dev.proxytune.spark.ProxyTuning} turns a {@code Dataset} of rows into one with their answers; {@link
 * dev.proxytune.spark.SparkCluster} does so from files to files for the command line. Each JVM that runs tasks opens one
 * engine, and all its tasks share it. The package has no module descriptor: Spark's jars split packages between them, and
 * so cannot be modules.
 */
@NullMarked
package dev.proxytune.spark;

import org.jspecify.annotations.NullMarked;
