package dev.proxytune.spark;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.batch.BatchRows;
import dev.proxytune.batch.EngineSource;
import dev.proxytune.batch.RowAnswer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Answer the rows of datasets.
 *
 * <p>What a row is answered depends on the row and the engine's settings, and not on partitions, order or machines, but
 * for last bits of floating-point numbers. A row that is wrong has its reason in the column {@code error}.
 */
public final class ProxyTuning {
    private static final StructType ANSWER = new StructType()
            .add("text", DataTypes.StringType)
            .add("finish_reason", DataTypes.StringType)
            .add("prompt_tokens", DataTypes.IntegerType)
            .add("completion_tokens", DataTypes.IntegerType)
            .add("error", DataTypes.StringType);

    private static final List<String> ASKING = List.of("prompt", "messages");

    private ProxyTuning() {}

    /**
     * Return the rows with their answers: the columns {@code text}, {@code finish_reason}, {@code prompt_tokens}, {@code
     * completion_tokens} and {@code error} behind their own.
     *
     * @param rows with a column {@code prompt} or {@code messages}, if possible {@code id}, and settings such as {@code
     *     max_tokens}, a column each; null where a row says nothing
     * @param engine how each JVM that runs tasks opens its engine, once
     * @throws ProxyTuneException if the rows have a column of such a name already, or nothing to answer
     */
    public static Dataset<Row> generate(Dataset<Row> rows, EngineSource engine) {
        return generate(rows, engine, _ -> {});
    }

    static Dataset<Row> generate(Dataset<Row> rows, EngineSource engine, AnswerListener listener) {
        List<String> before = Arrays.asList(rows.columns());
        if (!before.isEmpty() && Collections.disjoint(before, ASKING)) {
            throw new ProxyTuneException("The rows have neither a column prompt nor messages, only "
                    + String.join(", ", before) + ": rename the one that asks");
        }
        StructType schema = rows.schema();
        for (var field : ANSWER.fields()) {
            if (before.contains(field.name())) {
                throw new ProxyTuneException(
                        "The rows have a column " + field.name() + " already, which the answer needs: rename it");
            }
            schema = schema.add(field);
        }
        MapPartitionsFunction<Row, Row> answer =
                part -> new PartitionAnswers<Row, Row>(engine, part, RowJson::read, (row, answered) -> {
                    listener.answered(answered);
                    return concat(row, answered);
                });
        return rows.mapPartitions(answer, Encoders.row(schema));
    }

    private static Row concat(Row row, RowAnswer answer) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < row.length(); i++) {
            values.add(row.get(i));
        }
        values.addAll(values(answer));
        return RowFactory.create(values.toArray());
    }

    private static List<@Nullable Object> values(RowAnswer answer) {
        boolean answered = answer.error().isEmpty();
        List<@Nullable Object> values = new ArrayList<>();
        values.add(answer.text().orElse(null));
        values.add(answer.finishReason().orElse(null));
        values.add(answered ? answer.promptTokens() : null);
        values.add(answered ? answer.completionTokens() : null);
        values.add(answer.error().orElse(null));
        return values;
    }

    /**
     * Return the answers to lines of JSON, as lines of JSON: exactly what the command line writes.
     *
     * @param lines their bytes, of which some may be no text
     * @param openAi whether the answer to a line that cannot be understood has OpenAI's form
     */
    static Dataset<String> answerLines(
            Dataset<byte[]> lines, boolean openAi, EngineSource engine, AnswerListener listener) {
        MapPartitionsFunction<byte[], String> answer = part -> new PartitionAnswers<byte[], String>(
                engine, part, line -> BatchRows.parse(line, openAi), (_, answered) -> {
                    listener.answered(answered);
                    return withoutEnd(answered.line());
                });
        return lines.mapPartitions(answer, Encoders.STRING());
    }

    /** Return the answers to lines of JSON as rows with the column {@code id} and those of {@link #generate}. */
    static Dataset<Row> answerRows(Dataset<byte[]> lines, EngineSource engine, AnswerListener listener) {
        StructType schema = new StructType().add("id", DataTypes.StringType);
        for (var field : ANSWER.fields()) {
            schema = schema.add(field);
        }
        MapPartitionsFunction<byte[], Row> answer = part ->
                new PartitionAnswers<byte[], Row>(engine, part, line -> BatchRows.parse(line, false), (_, answered) -> {
                    listener.answered(answered);
                    List<@Nullable Object> values = new ArrayList<>();
                    values.add(answered.id().orElse(null));
                    values.addAll(values(answered));
                    return RowFactory.create(values.toArray());
                });
        return lines.mapPartitions(answer, Encoders.row(schema));
    }

    private static String withoutEnd(String line) {
        return line.substring(0, line.length() - 1);
    }
}
