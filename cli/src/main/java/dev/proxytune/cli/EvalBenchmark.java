package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
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
import dev.proxytune.llama.BareDecoder;
import dev.proxytune.llama.LlamaModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
    private final List<List<Prompt>> prompts = new ArrayList<>();
    private final int batch;
    private final int tokens;
    private final Path scratch;
    private final List<BareDecoder> alone;
    private final List<BareDecoder> together;

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
            prompts.add(some.stream().map(this::prompt).toList());
        }
        int needed = prompts.stream()
                        .flatMap(List::stream)
                        .mapToInt(Prompt::longest)
                        .max()
                        .orElse(0)
                + tokens;
        for (LanguageModel model : models) {
            if (needed > model.contextLength()) {
                throw new InputException("The longest prompt and an answer have " + needed
                        + " tokens together, but a model reads only " + model.contextLength()
                        + ": give shorter questions, or a lower --tokens");
            }
        }
        this.alone = bare(1, needed);
        this.together = bare(batch, needed);
    }

    private Prompt prompt(TaskQuestion question) {
        // As an evaluation does where roles read plain text.
        return trio.tokenize(PromptText.of(question.prompt().plain()));
    }

    private List<BareDecoder> bare(int sequences, int contextLength) {
        var options = DecoderOptions.DEFAULT.withSequences(sequences).withContextLength(contextLength);
        return models.stream().map(model -> model.openBare(options)).toList();
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
                .mapToInt(batch -> {
                    int sum = 0;
                    for (int i = 0; i < batch.size(); i++) {
                        sum += batch.get(i).length() - shared(batch, i);
                    }
                    return sum;
                })
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

    private double time(int contender, List<TaskQuestion> questions, List<Prompt> some, int length) {
        long start = System.nanoTime();
        switch (contender) {
            case 0 -> evaluate(questions, 1, length);
            case 1 -> evaluate(questions, batch, length);
            case 2 -> decodeAlone(some, length);
            default -> decodeTogether(some, length);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private void evaluate(List<TaskQuestion> questions, int sideBySide, int length) {
        EvalPlan plan = EvalPlan.of(Task.named("gsm8k"), questions);
        plan = plan.withSampling(plan.sampling().withLogitBias(LoopBenchmark.endTokens(trio.vocabulary())))
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

    private void decodeAlone(List<Prompt> some, int length) {
        for (int i = 0; i < some.size(); i++) {
            Prompt prompt = some.get(i);
            int from = shared(some, i);
            for (BareDecoder decoder : alone) {
                decoder.clear();
                feed(decoder, 0, prompt, from);
                decoder.decode();
            }
            for (int step = 1; step < length; step++) {
                for (BareDecoder decoder : alone) {
                    decoder.decode(prompt.token(step % prompt.length()));
                }
            }
        }
    }

    private void decodeTogether(List<Prompt> some, int length) {
        for (BareDecoder decoder : together) {
            decoder.clear();
            for (int i = 0; i < some.size(); i++) {
                feed(decoder, i, some.get(i), shared(some, i));
            }
            decoder.decode();
        }
        for (int step = 1; step < length; step++) {
            for (BareDecoder decoder : together) {
                for (int i = 0; i < some.size(); i++) {
                    decoder.add(i, some.get(i).token(step % some.get(i).length()), true);
                }
                decoder.decode();
            }
        }
    }

    private static void feed(BareDecoder decoder, int sequence, Prompt prompt, int from) {
        for (int place = from; place < prompt.length(); place++) {
            decoder.add(sequence, prompt.token(place), place == prompt.length() - 1);
        }
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
        alone.forEach(BareDecoder::close);
        together.forEach(BareDecoder::close);
        models.forEach(LlamaModel::close);
    }
}
