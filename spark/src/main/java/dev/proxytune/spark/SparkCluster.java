package dev.proxytune.spark;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.batch.BatchCluster;
import dev.proxytune.batch.BatchRow;
import dev.proxytune.batch.BatchRows;
import dev.proxytune.batch.BatchRun;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** Answer files of rows by a Spark job. */
public final class SparkCluster implements BatchCluster {
    /** What executors need of this program, as {@code ./proxytune} names it: jars, with commas between them. */
    private static final String JARS = "proxytune.spark.jars";

    private static final int PARTS_A_CORE = 2;
    private static final int LOOKED_AT = 100;

    /** Make the service. */
    public SparkCluster() {}

    @Override
    public BatchRun.Result run(Job job) {
        TableForm in = TableForm.of(job.input());
        TableForm out = TableForm.of(job.output());
        try (SparkSession spark = session(job)) {
            var tally = new Tally();
            spark.sparkContext().register(tally, "answers");
            SaveMode mode = job.replace() ? SaveMode.Overwrite : SaveMode.ErrorIfExists;
            if (in == TableForm.JSON_LINES) {
                lines(job, spark, out, mode, tally::add);
            } else {
                Dataset<Row> rows = limited(in.read(spark, job.input()), job).repartition(partitions(job, spark));
                out.write(ProxyTuning.generate(rows, job.engine(), tally::add), job.output(), mode);
            }
            return tally.value();
        } catch (ProxyTuneException e) {
            throw e;
        } catch (Exception e) {
            // Spark is written in Scala, which throws checked exceptions undeclared.
            throw new ProxyTuneException("Spark has given up: " + reason(e), e);
        }
    }

    private static SparkSession session(Job job) {
        var conf = new SparkConf();
        conf.setIfMissing("spark.app.name", "proxytune batch");
        if (!job.master().isEmpty()) {
            conf.setMaster(job.master());
        }
        conf.setIfMissing("spark.master", "local[*]");
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.ui.enabled", "false");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
        } else if (System.getProperty(JARS) != null) {
            conf.setIfMissing("spark.jars", System.getProperty(JARS));
        }
        return SparkSession.builder().config(conf).getOrCreate();
    }

    private static int partitions(Job job, SparkSession spark) {
        return job.partitions() > 0
                ? job.partitions()
                : PARTS_A_CORE * spark.sparkContext().defaultParallelism();
    }

    private static <T> Dataset<T> limited(Dataset<T> rows, Job job) {
        return job.limit() == 0 ? rows : rows.limit((int) Math.min(job.limit(), Integer.MAX_VALUE));
    }

    private static void lines(Job job, SparkSession spark, TableForm out, SaveMode mode, AnswerListener listener) {
        int partitions = partitions(job, spark);
        // Files are cut into as many pieces, which keeps the order of rows, as a shuffle would not.
        spark.conf().set("spark.sql.files.minPartitionNum", partitions);
        spark.conf().set("spark.sql.files.openCostInBytes", 1L);
        // As texts, bytes that are no UTF-8 would become others.
        Dataset<byte[]> all = spark.read()
                .option("lineSep", "\n")
                .text(job.input())
                .select(functions.col("value").cast(DataTypes.BinaryType))
                .as(Encoders.BINARY())
                .filter((FilterFunction<byte[]>) line -> !BatchRows.isBlank(line));
        Dataset<byte[]> lines = limited(all, job);
        boolean openAi = isOpenAi(all.limit(LOOKED_AT).collectAsList());
        if (out == TableForm.JSON_LINES) {
            ProxyTuning.answerLines(lines, openAi, job.engine(), listener)
                    .write()
                    .mode(mode)
                    .text(job.output());
            return;
        }
        if (openAi) {
            throw new ProxyTuneException(
                    "OpenAI's rows are answered in OpenAI's form: give an output that ends in .jsonl");
        }
        out.write(ProxyTuning.answerRows(lines, job.engine(), listener), job.output(), mode);
    }

    private static boolean isOpenAi(List<byte[]> lines) {
        return lines.stream()
                .map(line -> BatchRows.parse(line, false))
                .filter(row -> !(row instanceof BatchRow.Unreadable unreadable) || unreadable.openAi())
                .findFirst()
                .map(BatchRow::isOpenAi)
                .orElse(false);
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
