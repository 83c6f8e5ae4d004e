package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.eval.EvalPlan;
import dev.proxytune.eval.EvalRun;
import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskQuestion;
import dev.proxytune.jsonl.RowWriter;
import dev.proxytune.llama.LlamaModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Compare how long an evaluation takes with many answers side by side and one by one, and the same of bare contexts.
 *
 * <p>The questions are dealt into batches. All contenders answer one batch before any answers the next, and the one that
 * comes first changes. Every answer has the same number of tokens, as what would end it is forbidden. What a prompt
 * shares with the one before it is computed by no contender: an evaluation keeps it.
 */
final class EvalBenchmark implements AutoCloseable {
    private static final int CONTENDERS = 4;
    private static final int WARM_UP = 2;

    private final List<LlamaModel> models;
    private final ProxyTunedModel trio;
    private final PromptFormats formats;
    private final List<List<TaskQuestion>> batches = new ArrayList<>();
    private final List<List<BareTrio.Tail>> prompts = new ArrayList<>();
    private final int batch;
    private final int tokens;
    private final Path scratch;
    private final BareTrio bare;

    /**
     * Open what all contenders need.
     *
     * @param models target, expert and anti-expert, which this closes
     * @param questions at least one
     * @param batch the most answers side by side
     * @param tokens the length of every answer
     * @param scratch a folder for the rows
     */
    EvalBenchmark(List<LlamaModel> models, List<TaskQuestion> questions, int batch, int tokens, Path scratch) {
        this.models = models;
        this.batch = batch;
        this.tokens = tokens;
        this.scratch = scratch;
        this.trio = ProxyTunedModel.of(models.get(0), models.get(1), models.get(2));
        this.formats = PromptFormats.of(trio, new FormatChoice.Plain(), List.of(), List.of());
        for (int first = 0; first < questions.size(); first += batch) {
            List<TaskQuestion> some = questions.subList(first, Math.min(questions.size(), first + batch));
            batches.add(some);
            prompts.add(tails(some.stream().map(this::prompt).toList()));
        }
        List<Prompt> all = prompts.stream()
                .flatMap(List::stream)
                .map(BareTrio.Tail::prompt)
                .toList();
        this.bare = new BareTrio(models, batch, BareTrio.contextLength(models, all, tokens));
    }

    private Prompt prompt(TaskQuestion question) {
        // As an evaluation does where roles read plain text.
        return trio.tokenize(PromptText.of(question.prompt().plain()));
    }

    /**
     * Hold what a run found, in seconds for all questions.
     *
     * @param evalAlone the evaluation, one by one
     * @param evalTogether the evaluation in batches
     * @param bareAlone three bare contexts, one by one
     * @param bareTogether three bare contexts of as many sequences as a batch has answers
     */
    record Result(double evalAlone, double evalTogether, double bareAlone, double bareTogether) {
        /** Return the share of the time that an evaluation takes in batches. */
        double ratio() {
            return evalTogether / evalAlone;
        }

        double bareRatio() {
            return bareTogether / bareAlone;
        }
    }

    /** Return how many tokens of prompts are computed in each pass over the questions. */
    int promptTokens() {
        return prompts.stream()
                .flatMap(List::stream)
                .mapToInt(BareTrio.Tail::tokens)
                .sum();
    }

    /** Run the rounds, after a few tokens that do not count. */
    Result run(int rounds) {
        int few = Math.min(WARM_UP, batches.getFirst().size());
        for (int contender = 0; contender < CONTENDERS; contender++) {
            time(
                    contender,
                    batches.getFirst().subList(0, few),
                    prompts.getFirst().subList(0, few),
                    Math.min(WARM_UP, tokens));
        }
        double[] seconds = new double[CONTENDERS];
        for (int round = 0; round < rounds; round++) {
            for (int number = 0; number < batches.size(); number++) {
                for (int turn = 0; turn < CONTENDERS; turn++) {
                    int contender = (turn + number + round) % CONTENDERS;
                    seconds[contender] += time(contender, batches.get(number), prompts.get(number), tokens) / rounds;
                }
            }
        }
        return new Result(seconds[0], seconds[1], seconds[2], seconds[3]);
    }

    private double time(int contender, List<TaskQuestion> questions, List<BareTrio.Tail> some, int length) {
        long start = System.nanoTime();
        switch (contender) {
            case 0 -> evaluate(questions, 1, length);
            case 1 -> evaluate(questions, batch, length);
            case 2 -> bare.decodeAlone(some, length);
            default -> bare.decodeTogether(some, length);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private void evaluate(List<TaskQuestion> questions, int sideBySide, int length) {
        EvalPlan plan = EvalPlan.of(Task.named("gsm8k"), questions);
        plan = plan.withSampling(plan.sampling().withLogitBias(BenchPrompts.endTokens(trio.vocabulary())))
                .withMaxTokens(length)
                .withBatch(sideBySide);
        try (var writer = RowWriter.create(scratch.resolve("predictions.jsonl"), Map.of())) {
            var result = EvalRun.run(plan, trio, formats, writer, (_, _, _) -> {}, new Cancellation());
            if (result.tokens() != (long) questions.size() * length) {
                throw new IllegalStateException("expected " + questions.size() + " answers of " + length
                        + " tokens, got " + result.tokens() + " tokens");
            }
        }
    }

    private static List<BareTrio.Tail> tails(List<Prompt> some) {
        return IntStream.range(0, some.size())
                .mapToObj(index -> new BareTrio.Tail(some.get(index), shared(some, index)))
                .toList();
    }

    /** Return how many tokens of a prompt the one before it begins with; the last one is always computed. */
    private static int shared(List<Prompt> some, int index) {
        if (index == 0) {
            return 0;
        }
        Prompt prompt = some.get(index);
        Prompt before = some.get(index - 1);
        int most = Math.min(prompt.length() - 1, before.length());
        int shared = 0;
        while (shared < most && prompt.token(shared) == before.token(shared)) {
            shared++;
        }
        return shared;
    }

    @Override
    public void close() {
        bare.close();
        models.forEach(LlamaModel::close);
    }
}
