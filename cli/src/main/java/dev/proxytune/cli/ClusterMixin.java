package dev.proxytune.cli;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.batch.BatchCluster;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for answering rows on many machines. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ClusterMixin {
    /** Set by {@code spark-submit}, which knows where the job runs. */
    private static final String SUBMITTED = "spark.master";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--spark",
            paramLabel = "MASTER",
            description = "Let Spark answer the rows: local[*], local[N], spark://HOST:PORT, … IN and OUT may then be"
                    + " .csv and .parquet too, and OUT is a folder.")
    private @Nullable String master;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "0",
            description = "In how many parts Spark answers the rows; two for each core by default.")
    private int partitions;

    boolean isGiven() {
        return master != null || System.getProperty(SUBMITTED) != null;
    }

    void check(BatchOptions rows) {
        Usage.require(partitions >= 0, command, "--partitions must be 1 or more, got: " + partitions);
        Usage.require(
                partitions == 0 || isGiven(), command, "--partitions says how Spark shares the rows: add --spark");
        Usage.require(
                !isGiven() || !rows.isResumed(),
                command,
                "--resume is not for --spark: Spark itself repeats what a lost machine had, and writes all or nothing");
    }

    /** Return where it runs, as Spark names it; empty for what the process was submitted to. */
    String master() {
        return master == null ? "" : master;
    }

    int partitions() {
        return partitions;
    }

    /** Return what runs it. */
    BatchCluster cluster() {
        Optional<BatchCluster> found = ServiceLoader.load(BatchCluster.class).findFirst();
        return found.orElseThrow(() -> new ProxyTuneException(
                "--spark needs Spark and the module proxytune-spark on the class path: ./proxytune and spark-submit"
                        + " put them there, see docs/batch.md"));
    }
}
