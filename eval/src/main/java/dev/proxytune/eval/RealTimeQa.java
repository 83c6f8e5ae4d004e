package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ask about last week's news by four letters (Kasai et al. 2023), of which a black box tells only the likely ones; {@link
 * LetterChoice} steers the choice. The paper's prompt is not public; this one is that of TruthfulQA's choices.
 */
final class RealTimeQa implements Task {

    @Override
    public String name() {
        return "realtimeqa";
    }

    @Override
    public String summary() {
        return "news, multiple choice: the letter, re-weighted over a target's likeliest tokens";
    }

    @Override
    public TaskDecoding decoding() {
        return TaskDecoding.greedy(1).withOnlyFirst("A", "B", "C", "D");
    }

    /** Only letters of options may be answered. */
    @Override
    public TaskDecoding decoding(TaskQuestion question) {
        int count = question.fields().get("choices") instanceof List<?> choices ? choices.size() : 0;
        return decoding().withOnlyFirst(Choices.LETTERS.substring(0, count).split(""));
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        List<String> choices = choices(data);
        if (choices.size() < 2 || choices.size() > Choices.LETTERS.length()) {
            throw new ProxyTuneException(data.place() + " must have from 2 to 4 \"choices\", it has " + choices.size());
        }
        String user = Choices.prompt(data.requiredText("question_sentence", "question"), choices);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        data.text("question_id").ifPresent(id -> fields.put("question_id", id));
        data.text("question_date").ifPresent(date -> fields.put("question_date", date));
        fields.put("question", data.requiredText("question_sentence", "question"));
        fields.put("choices", choices);
        fields.put("answer", answer(data, choices.size()));
        return new TaskQuestion(
                index,
                data.text("question_id").orElse(Integer.toString(index)),
                TaskPrompt.of(user + "\n\n" + TruthfulQaChoice.PREFIX, user, TruthfulQaChoice.PREFIX)
                        .withSystem(options.system()),
                fields);
    }

    /** Return the options; blank ones at the end are none. */
    private static List<String> choices(Row row) {
        List<String> choices = row.texts("choices");
        int count = choices.size();
        while (count > 0 && Texts.strip(choices.get(count - 1)).isEmpty()) {
            count--;
        }
        return choices.subList(0, count);
    }

    /** The data give the index of the choice, from 0; rows of predictions its letter. */
    private static String answer(Row row, int choices) {
        String answer = Texts.strip(row.requiredText("answer"));
        int index = answer.length() == 1 ? ("0123" + Choices.LETTERS).indexOf(answer) % Choices.LETTERS.length() : -1;
        if (index < 0 || index >= choices) {
            throw new ProxyTuneException(row.place() + ": \"answer\" must be a letter from A to "
                    + Choices.LETTERS.charAt(choices - 1) + " or an index from 0 to " + (choices - 1) + ", got: "
                    + answer);
        }
        return Choices.LETTERS.substring(index, index + 1);
    }

    @Override
    public Map<String, @Nullable Object> parsed(TaskQuestion question, String output) {
        String letter = Choices.letter(output);
        Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
        parsed.put("model_output", output);
        parsed.put("prediction", letter);
        parsed.put(
                "correct",
                letter.isEmpty() ? null : letter.equals(question.fields().get("answer")));
        return parsed;
    }

    @Override
    public String key(Row row) {
        return row.text("question_id", "question", "question_sentence").orElse("row " + row.number());
    }

    @Override
    public TaskScore score(List<Row> rows, ScoreOptions options) {
        return Choices.score(this, rows, row -> correct(row, options), options);
    }

    private static Optional<Boolean> correct(Row row, ScoreOptions options) {
        Optional<Boolean> stored = options.fromOutput() ? Optional.empty() : row.truth("correct");
        boolean onlyStored = !options.fromOutput() && row.has("correct") && !row.has("prediction");
        if (stored.isPresent() || onlyStored) {
            return stored;
        }
        return Predictions.of(row, options, Choices::letter, "model_output", "output")
                .map(Choices::letter)
                .filter(letter -> !letter.isEmpty())
                .map(letter -> letter.equals(answer(row, Choices.LETTERS.length())));
    }
}
