package dev.proxytune.batch;

/** Answer rows on many machines at once. A service: modules that can do so provide it. */
public interface BatchCluster {

    /**
     * Ask for a batch.
     *
     * @param master what runs it, as Spark names it: {@code local[*]}, {@code spark://host:port}, …; empty for what the
     *     process was started for
     * @param input where the rows are, a path or a URI: JSON lines, CSV or Parquet, by the name's end
     * @param output where the answers go, a folder of files of such a form
     * @param replace whether an output that is there is replaced
     * @param partitions in how many parts the rows are answered, 0 for some for each core
     * @param limit how many rows are answered at most, 0 for all
     * @param engine how each machine opens its engine
     */
    record Job(
            String master,
            String input,
            String output,
            boolean replace,
            int partitions,
            long limit,
            EngineSource engine) {}

    /**
     * Run a batch to its end, and tell what came out.
     *
     * @throws dev.proxytune.ProxyTuneException if the input cannot be read, the output not be written, or no engine be
     *     opened
     */
    BatchRun.Result run(Job job);
}
