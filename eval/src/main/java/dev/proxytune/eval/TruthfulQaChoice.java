package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Ask which of up to four answers is true (Lin et al. 2022).
 *
 * <p>Prompts that the data hold are taken as they are. Without them the best answer and up to three incorrect ones are
 * drawn and shuffled by a generator of our own, so that other files hold other options.
 */
final class TruthfulQaChoice implements Task {
    static final String PREFIX = "The answer is:";
    private static final String SUFFIX = "\n\n" + PREFIX;
    private static final int MOST_INCORRECT = 3;
    private static final Pattern ANSWER = Pattern.compile("\\(?([A-D]|[0-3](?=\\.0|$))(?:[.):]*|\\.0)");

    @Override
    public String name() {
        return "truthfulqa-mc";
    }

    @Override
    public String summary() {
        return "misconceptions, multiple choice: the letter";
    }

    @Override
    public TaskDecoding decoding() {
        return TaskDecoding.greedy(10, ".", ")", ":");
    }

    @Override
    public TaskQuestion question(Row data, int index, TaskOptions options) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(TruthfulQaOpen.published(data));
        Optional<String> stored = data.text("mc_prompt").filter(prompt -> prompt.endsWith(SUFFIX));
        String user;
        if (stored.isPresent()) {
            user = stored.get().substring(0, stored.get().length() - SUFFIX.length());
            fields.put("mc_prompt", stored.get());
            fields.put("mc_answer_idx", answer(data));
        } else {
            String best = closed(data.requiredText("Best Answer", "best_answer"));
            List<String> shuffled = options(data, best, new SplittableRandom(options.seed() * 31 + index));
            user = Choices.prompt(data.requiredText("Question", "question"), shuffled);
            fields.put("mc_prompt", user + SUFFIX);
            fields.put("mc_answer_idx", Choices.LETTERS.substring(shuffled.indexOf(best), shuffled.indexOf(best) + 1));
        }
        return new TaskQuestion(
                index,
                data.text("id").orElse(Integer.toString(index)),
                TaskPrompt.of(user + SUFFIX, user, PREFIX).withSystem(options.system()),
                fields);
    }

    private static List<String> options(Row data, String best, SplittableRandom random) {
        List<String> incorrect = new ArrayList<>();
        for (String text : data.texts("Incorrect Answers", "incorrect_answers")) {
            for (String one : text.split(";", -1)) {
                if (!one.isBlank()) {
                    incorrect.add(closed(one));
                }
            }
        }
        if (incorrect.isEmpty()) {
            throw data.missing("Incorrect Answers", "incorrect_answers");
        }
        shuffle(incorrect, random);
        List<String> chosen = new ArrayList<>(incorrect.subList(0, Math.min(MOST_INCORRECT, incorrect.size())));
        chosen.add(best);
        shuffle(chosen, random);
        return chosen;
    }

    private static void shuffle(List<String> texts, SplittableRandom random) {
        for (int i = texts.size() - 1; i > 0; i--) {
            texts.set(i, texts.set(random.nextInt(i + 1), texts.get(i)));
        }
    }

    private static String closed(String answer) {
        String text = Texts.strip(answer);
        return text.endsWith(".") ? text : text + ".";
    }

    private static String answer(Row row) {
        String text = row.requiredText("mc_answer_idx");
        Matcher answer = ANSWER.matcher(Texts.strip(text).toUpperCase(Locale.ROOT));
        if (!answer.matches()) {
            throw new ProxyTuneException(row.place()
                    + ": \"mc_answer_idx\" must be a letter from A to D, or an index from 0 to 3, got: "
                    + (text.length() > 40 ? text.substring(0, 40) + "…" : text));
        }
        String found = answer.group(1);
        return Character.isDigit(found.charAt(0))
                ? String.valueOf(Choices.LETTERS.charAt(found.charAt(0) - '0'))
                : found;
    }

    @Override
    public Map<String, @Nullable Object> parsed(TaskQuestion question, String output) {
        String letter = Choices.letter(output);
        Map<String, @Nullable Object> parsed = new LinkedHashMap<>();
        parsed.put("mc_output", output);
        parsed.put("parsed_output", letter);
        parsed.put(
                "correct",
                letter.isEmpty() ? null : letter.equals(question.fields().get("mc_answer_idx")));
        return parsed;
    }

    @Override
    public String key(Row row) {
        return row.text("mc_prompt", "Question", "question").orElse("row " + row.number());
    }

    @Override
    public TaskScore score(List<Row> rows, ScoreOptions options) {
        Labels.check(
                rows,
                options.fromOutput() ? List.of("mc_output") : List.of("correct", "parsed_output", "mc_output"),
                List.of("mc_prompt", "mc_answer_idx"));
        return Choices.score(this, rows, row -> correct(row, options), options);
    }

    private static Optional<Boolean> correct(Row row, ScoreOptions options) {
        if (!options.fromOutput()) {
            Optional<Boolean> stored = row.truth("correct");
            if (stored.isPresent()) {
                return stored;
            }
        }
        return parsed(row, options).filter(letter -> !letter.isEmpty()).map(letter -> letter.equals(answer(row)));
    }

    private static Optional<String> parsed(Row row, ScoreOptions options) {
        boolean stored = !options.fromOutput() && row.has("parsed_output");
        return row.text(stored ? "parsed_output" : "mc_output").map(Choices::letter);
    }
}
