package dev.proxytune.spark;

import dev.proxytune.ProxyTuneException;
import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Names the form of a file of rows. */
enum TableForm {
    JSON_LINES,
    CSV,
    PARQUET;

    /**
     * Return the form that a name's end tells.
     *
     * @throws ProxyTuneException if it tells none
     */
    static TableForm of(String file) {
        String name = file.toLowerCase(Locale.ROOT).replaceFirst("/+$", "").replaceFirst("\\.gz$", "");
        if (name.endsWith(".jsonl") || name.endsWith(".ndjson") || name.endsWith(".json")) {
            return JSON_LINES;
        }
        if (name.endsWith(".csv")) {
            return CSV;
        }
        if (name.endsWith(".parquet")) {
            return PARQUET;
        }
        throw new ProxyTuneException(
                "The name " + file + " does not tell what the rows are: it must end in .jsonl, .csv or .parquet");
    }

    /** Read a table; JSON lines are read as text instead. */
    Dataset<Row> read(SparkSession spark, String file) {
        return switch (this) {
            case JSON_LINES -> spark.read().json(file);
            case CSV ->
                spark.read()
                        .option("header", true)
                        .option("multiLine", true)
                        .option("escape", "\"")
                        .csv(file);
            case PARQUET -> spark.read().parquet(file);
        };
    }

    void write(Dataset<Row> rows, String file, SaveMode mode) {
        switch (this) {
            case JSON_LINES -> rows.write().mode(mode).json(file);
            case CSV ->
                flat(rows)
                        .write()
                        .mode(mode)
                        .option("header", true)
                        .option("escape", "\"")
                        .option("ignoreLeadingWhiteSpace", false)
                        .option("ignoreTrailingWhiteSpace", false)
                        .csv(file);
            case PARQUET -> rows.write().mode(mode).parquet(file);
        }
    }

    /** CSV has no lists. */
    private static Dataset<Row> flat(Dataset<Row> rows) {
        return rows.select(Arrays.stream(rows.schema().fields())
                .map(field -> flat(field, rows.col("`" + field.name() + "`")))
                .toArray(Column[]::new));
    }

    private static Column flat(StructField field, Column column) {
        boolean nested = field.dataType() instanceof StructType
                || field.dataType() instanceof ArrayType
                || field.dataType() instanceof MapType;
        return nested ? functions.to_json(column).as(field.name()) : column;
    }
}
