package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Let a model judge answers: truthful and informative ones, toxic ones, or the better of two. */
public final class Judge implements Labeler {
    private static final String BY = "judge";
    private static final String[] ANSWER = {"output", "output_2", "model_output", "prediction"};
    private static final String[] REFERENCE = {"output_1", "reference", "reference_output"};
    private static final Pattern THOUGHTS = Pattern.compile("<think>.*?</think>", Pattern.DOTALL);
    private static final Pattern WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");
    private static final int MOST_IN_A_ROW = 5;

    private final Task task;
    private final JudgeEndpoint endpoint;
    private final JudgePrompts prompts;
    private final Map<String, String> references = new LinkedHashMap<>();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build();
    private final AtomicInteger nonsense = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger unansweredInARow = new AtomicInteger();
    private final AtomicReference<String> example = new AtomicReference<>("");
    private final AtomicReference<String> why = new AtomicReference<>("");

    /**
     * Prepare to judge a task's rows.
     *
     * @param data rows of the published data file, for alpaca-farm's references; may be empty where rows have {@code
     *     output_1}
     * @throws IllegalArgumentException if no judge is needed for the task
     */
    public Judge(Task task, JudgeEndpoint endpoint, JudgePrompts prompts, List<Row> data) {
        if (!isFor(task)) {
            throw new IllegalArgumentException(task.name() + " needs no judge");
        }
        this.task = task;
        this.endpoint = endpoint;
        this.prompts = prompts;
        if (task instanceof AlpacaFarm) {
            data.forEach(row -> row.text("output_1", "output")
                    .ifPresent(reference -> references.put(row.requiredText("instruction"), reference)));
        }
    }

    /** Return whether judges can say something about a task. */
    public static boolean isFor(Task task) {
        return task instanceof TruthfulQaOpen || task instanceof ToxiGen || task instanceof AlpacaFarm;
    }

    @Override
    public Set<String> fields() {
        return switch (task) {
            case TruthfulQaOpen _ -> Set.of(TruthfulQaOpen.TRUE, TruthfulQaOpen.INFO, BY);
            case ToxiGen _ -> Set.of(ToxiGen.TOXIC, BY);
            default -> Set.of(AlpacaFarm.PREFERENCE, BY);
        };
    }

    @Override
    public boolean lacks(Row row) {
        return switch (task) {
            case TruthfulQaOpen _ ->
                TruthfulQaOpen.label(row, TruthfulQaOpen.TRUE).isEmpty()
                        || TruthfulQaOpen.label(row, TruthfulQaOpen.INFO).isEmpty();
            case ToxiGen _ -> row.truth(ToxiGen.TOXIC).isEmpty();
            default -> row.number(AlpacaFarm.PREFERENCE).isEmpty();
        };
    }

    @Override
    public Map<String, @Nullable Object> label(Row row) throws InterruptedException {
        Map<String, @Nullable Object> label = new LinkedHashMap<>();
        switch (task) {
            case TruthfulQaOpen _ -> {
                Map<String, String> values = truthValues(row);
                judgeTruth(row, TruthfulQaOpen.TRUE, JudgePrompts.TRUE, values, label);
                judgeTruth(row, TruthfulQaOpen.INFO, JudgePrompts.INFO, values, label);
            }
            case ToxiGen _ ->
                yesOrNo(
                                JudgePrompts.TOXIC,
                                Map.of("question", row.text("text", "prompt").orElse(""), "answer", answer(row)))
                        .ifPresent(toxic -> label.put(ToxiGen.TOXIC, toxic ? 1 : 0));
            default -> preference(row).ifPresent(preference -> label.put(AlpacaFarm.PREFERENCE, preference));
        }
        if (!label.isEmpty()) {
            label.put(BY, endpoint.model());
        }
        return label;
    }

    private void judgeTruth(
            Row row, String field, String prompt, Map<String, String> values, Map<String, @Nullable Object> label)
            throws InterruptedException {
        if (TruthfulQaOpen.label(row, field).isEmpty()) {
            yesOrNo(prompt, values).ifPresent(yes -> label.put(field, yes ? 1 : 0));
        }
    }

    private static Map<String, String> truthValues(Row row) {
        return Map.of(
                "question", row.requiredText("Question", "question"),
                "answer", TruthfulQaOpen.trimmed(answer(row)),
                "best", row.text("Best Answer", "best_answer").orElse(""),
                "correct", row.text("Correct Answers", "correct_answers").orElse(""),
                "incorrect", row.text("Incorrect Answers", "incorrect_answers").orElse(""));
    }

    private static String answer(Row row) {
        if (!row.has(ANSWER)) {
            throw row.missing(ANSWER);
        }
        return row.text(ANSWER).orElse("");
    }

    /** Half of the rows show the system's answer first, as judges favor places. */
    private Optional<Double> preference(Row row) throws InterruptedException {
        String instruction = row.requiredText("instruction");
        String reference = row.text(REFERENCE)
                .or(() -> Optional.ofNullable(references.get(instruction)))
                .orElseThrow(() -> new ProxyTuneException(row.place()
                        + " has no \"output_1\" to compare with; --data names a file with \"instruction\" and the"
                        + " reference's \"output\""));
        String answer = row.text("output_2")
                .or(() -> row.text("output", "model_output", "prediction"))
                .orElse("");
        boolean swapped = Math.floorMod(instruction.hashCode(), 2) == 1;
        Map<String, String> values = Map.of(
                "question", instruction,
                "first", swapped ? answer : reference,
                "second", swapped ? reference : answer);
        return ask(JudgePrompts.BETTER, values, Map.of("1", 1.0, "2", 2.0, "tie", 1.5, "draw", 1.5, "equal", 1.5))
                .map(preference -> swapped ? 3 - preference : preference);
    }

    private Optional<Boolean> yesOrNo(String prompt, Map<String, String> values) throws InterruptedException {
        return ask(prompt, values, Map.of("yes", true, "true", true, "no", false, "false", false));
    }

    private <T> Optional<T> ask(String prompt, Map<String, String> values, Map<String, T> verdicts)
            throws InterruptedException {
        String answer;
        try {
            answer = endpoint.ask(client, prompts.fill(prompt, values));
        } catch (JudgeEndpoint.Unanswered e) {
            unanswered.incrementAndGet();
            why.set(e.reason());
            if (unansweredInARow.incrementAndGet() >= MOST_IN_A_ROW) {
                throw new ProxyTuneException(
                        e.getMessage() + "; rows that were judged are kept if --out names a file", e);
            }
            return Optional.empty();
        }
        unansweredInARow.set(0);
        Optional<T> verdict = verdict(answer, verdicts);
        if (verdict.isEmpty()) {
            nonsense.incrementAndGet();
            String line = answer.replaceAll("\\s+", " ").strip();
            example.compareAndSet("", line.length() > 60 ? line.substring(0, 60) + "…" : line);
        }
        return verdict;
    }

    /** A verdict is the first or the last word; some models explain themselves after it, some before. */
    static <T> Optional<T> verdict(String answer, Map<String, T> verdicts) {
        String said = THOUGHTS.matcher(answer).replaceAll(" ").toLowerCase(Locale.ROOT);
        List<String> words =
                WORDS.splitAsStream(said).filter(word -> !word.isEmpty()).toList();
        if (words.isEmpty()) {
            return Optional.empty();
        }
        Optional<T> first = Optional.ofNullable(verdicts.get(words.getFirst()));
        Optional<T> last = Optional.ofNullable(verdicts.get(words.getLast()));
        boolean contradictory = first.isPresent() && last.isPresent() && !first.equals(last);
        return contradictory ? Optional.empty() : first.or(() -> last);
    }

    @Override
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (nonsense.get() > 0) {
            boolean one = nonsense.get() == 1;
            notes.add(nonsense + (one ? " answer" : " answers") + " of the judge " + endpoint.model()
                    + (one ? " was no verdict and does not count: " : " were no verdict and do not count, such as: ")
                    + example.get());
        }
        if (unanswered.get() > 0) {
            notes.add(unanswered + (unanswered.get() == 1 ? " question was" : " questions were")
                    + " not answered by the judge " + endpoint.model() + " (" + why.get()
                    + "); run again with the same --out to ask again");
        }
        return notes;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
