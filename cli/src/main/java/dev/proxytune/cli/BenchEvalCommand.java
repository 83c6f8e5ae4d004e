package dev.proxytune.cli;

import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskOptions;
import dev.proxytune.eval.TaskQuestion;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measure what answering many questions side by side gains. */
@Command(
        name = "eval",
        description = "Compare eval gsm8k in batches with one by one, and with what bare llama.cpp gains.",
        footer = {
            "",
            "Answers all have --tokens tokens: nothing ends them. Without files it makes models of 1.1 billion",
            "and 135 million parameters with random weights, 0.9 GB in all, and keeps them in the user's cache",
            "folder; they read text nearly by the character, so the questions it makes up are short."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchEvalCommand implements Callable<Integer> {
    private static final int MOST = 100_000;
    private static final int MOST_BATCH = 256;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private BenchTrioMixin trio;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "GSM8K's questions, as they are published; made up by default.")
    private @Nullable Path data;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "64",
            description = "How many questions to ask; ${DEFAULT-VALUE} by default.")
    private int count;

    @Option(
            names = {"-np", "--batch", "--parallel"},
            paramLabel = "N",
            defaultValue = "16",
            description = "Answers that run side by side; ${DEFAULT-VALUE} by default.")
    private int batch;

    @Option(
            names = {"-n", "--tokens"},
            paramLabel = "N",
            defaultValue = "32",
            description = "Tokens of each answer; ${DEFAULT-VALUE} by default.")
    private int tokens;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "1",
            description = "How often all questions are asked; ${DEFAULT-VALUE} by default.")
    private int rounds;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    HelpMixin help;

    BenchEvalCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Usage.requireUpTo(MOST, command, "--count", count);
        Usage.requireUpTo(MOST_BATCH, command, "--batch", batch);
        Usage.requireUpTo(MOST, command, "--tokens", tokens);
        Usage.requireUpTo(MOST, command, "--rounds", rounds);
        Path scratch = scratch();
        try {
            List<TaskQuestion> questions = questions(scratch);
            List<LlamaModel> models = trio.load(console);
            List<ModelInfo> infos = models.stream().map(LlamaModel::info).toList();
            try (var benchmark = new EvalBenchmark(models, questions, batch, tokens, scratch)) {
                report(infos, questions.size(), benchmark.promptTokens(), benchmark.run(rounds));
            }
        } finally {
            delete(scratch);
        }
        return ExitCodes.OK;
    }

    private List<TaskQuestion> questions(Path scratch) {
        Path file = data;
        if (file == null) {
            file = scratch.resolve("questions.jsonl");
            String lines = IntStream.range(0, count)
                    .mapToObj(index -> Json.line(BenchQuestions.row(index)))
                    .collect(Collectors.joining());
            try {
                Files.writeString(file, lines);
            } catch (IOException e) {
                throw new InputException("The questions cannot be written to " + file + ": " + e, e);
            }
        }
        List<TaskQuestion> all = Task.named("gsm8k").questions(file, TaskOptions.DEFAULT);
        return all.subList(0, Math.min(count, all.size()));
    }

    private static Path scratch() {
        try {
            return Files.createTempDirectory("proxytune-bench");
        } catch (IOException e) {
            throw new InputException("A folder for temporary files cannot be made: " + e, e);
        }
    }

    private static void delete(Path scratch) {
        try (var files = Files.list(scratch)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(scratch);
        } catch (IOException e) {
            // Temporary files that stay do no harm.
        }
    }

    private void report(List<ModelInfo> infos, int questions, int promptTokens, EvalBenchmark.Result result) {
        double quotient = result.ratio() / result.bareRatio();
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("machine", Machine.describe());
            object.put("models", BenchTrioMixin.names(infos));
            object.put("questions", questions);
            object.put("batch", batch);
            object.put("tokens", tokens);
            object.put("prompt_tokens", promptTokens);
            object.put("rounds", rounds);
            object.put("eval_one_by_one_s", Json.number(result.evalAlone()));
            object.put("eval_batch_s", Json.number(result.evalTogether()));
            object.put("bare_one_by_one_s", Json.number(result.bareAlone()));
            object.put("bare_batch_s", Json.number(result.bareTogether()));
            object.put("ratio", Json.number(result.ratio()));
            object.put("bare_ratio", Json.number(result.bareRatio()));
            object.put("ratio_to_bare_ratio", Json.number(quotient));
            console.print(Json.line(object));
            return;
        }
        console.print(String.format(
                Locale.ROOT,
                """
                %d questions, %d tokens of prompts and %d of answers
                                   one by one   %4d at once   share of the time
                eval gsm8k         %8.2f s   %8.2f s     %.3f
                bare llama.cpp     %8.2f s   %8.2f s     %.3f
                eval ÷ bare        %8.3f     %8.3f       %.3f
                """,
                questions,
                promptTokens,
                (long) questions * tokens,
                batch,
                result.evalAlone(),
                result.evalTogether(),
                result.ratio(),
                result.bareAlone(),
                result.bareTogether(),
                result.bareRatio(),
                result.evalAlone() / result.bareAlone(),
                result.evalTogether() / result.bareTogether(),
                quotient));
    }
}
