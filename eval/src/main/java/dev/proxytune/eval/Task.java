package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Know everything about one benchmark: data, prompts, decoding, extraction, rows and scores (paper, section 3). */
public sealed interface Task
        permits AlpacaFarm,
                CodeTask,
                Gsm8k,
                OwnQuestions,
                RealTimeQa,
                ToxiGen,
                TriviaQa,
                TruthfulQaChoice,
                TruthfulQaOpen {

    /** Return all tasks; a new one is a class and a line here. */
    static List<Task> all() {
        return List.of(
                new Gsm8k(),
                new TriviaQa(),
                new TruthfulQaChoice(),
                new TruthfulQaOpen(),
                new ToxiGen(),
                new HumanEval(),
                new Ds1000(),
                new AlpacaFarm(),
                new RealTimeQa(),
                new OwnQuestions());
    }

    /**
     * Return a task by its name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Task named(String name) {
        return all().stream()
                .filter(task -> task.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no task " + name + "; there are: "
                        + all().stream().map(Task::name).collect(Collectors.joining(", "))));
    }

    /** Return the name that the command line calls it by. */
    String name();

    /** Return what it asks and measures, in one line. */
    String summary();

    /** Say how answers are generated. */
    TaskDecoding decoding();

    /** Say how the answer to a question is generated, where that is not the same for all. */
    default TaskDecoding decoding(TaskQuestion question) {
        return decoding();
    }

    /** Return whether scores come from what is extracted from raw outputs, and not from labels. */
    default boolean isExtracted() {
        return true;
    }

    /**
     * Make a question of a row of the published data file.
     *
     * @param index the question's place in the file, from 0
     * @throws ProxyTuneException naming file and row if it lacks what the task needs
     */
    TaskQuestion question(Row data, int index, TaskOptions options);

    /**
     * Read the published data file: JSON lines or one JSON array, plain or gzipped.
     *
     * @throws ProxyTuneException naming file and row if one is not as the task needs it
     */
    default List<TaskQuestion> questions(Path data, TaskOptions options) {
        List<Row> rows = RowFile.read(data);
        return IntStream.range(0, rows.size())
                .mapToObj(index -> question(rows.get(index), index, options))
                .toList();
    }

    /**
     * Return what the published row tells of an answer, under its names: raw output and what is extracted from it.
     *
     * @param output the generated answer
     */
    Map<String, @Nullable Object> parsed(TaskQuestion question, String output);

    /**
     * Return the row of predictions for an answer: the question's fields, output and extraction under the names of the
     * published files, then {@code id}, {@code index}, {@code sample} and what the output has more.
     */
    default Map<String, @Nullable Object> row(TaskQuestion question, TaskOutput output) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>(question.fields());
        row.putAll(parsed(question, output.text()));
        row.put("id", question.id());
        row.put("index", question.index());
        row.put("sample", output.sample());
        row.putAll(output.more());
        return row;
    }

    /** Return rows with one answer each, where published rows hold several. */
    default List<Row> single(List<Row> rows) {
        return rows;
    }

    /** Return what tells a row's question from others. */
    String key(Row row);

    /**
     * Score rows of predictions.
     *
     * @param rows at least one, of any system
     * @throws ProxyTuneException naming file and row if one lacks what the task needs
     */
    TaskScore score(List<Row> rows, ScoreOptions options);

    /**
     * Score rows question by question.
     *
     * @param values for each row, NaN where it does not count
     */
    default List<QuestionScore> byQuestion(List<Row> rows, double[] values) {
        Map<String, Integer> seen = new HashMap<>();
        return IntStream.range(0, rows.size())
                .mapToObj(index -> {
                    String key = key(rows.get(index));
                    int time = seen.merge(key, 1, Integer::sum);
                    return new QuestionScore(
                            time == 1 ? key : key + " #" + time, rows.get(index).place(), values[index]);
                })
                .toList();
    }
}
