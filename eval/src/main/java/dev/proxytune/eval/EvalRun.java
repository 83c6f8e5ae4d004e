package dev.proxytune.eval;

import dev.proxytune.Cancellation;
import dev.proxytune.CapacityException;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.FinishReason;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Report;
import dev.proxytune.Sampling;
import dev.proxytune.Scheduler;
import dev.proxytune.TokenConstraint;
import dev.proxytune.TokenTrace;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.jsonl.RowWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answer the questions of a task with any language model, many side by side, and write the rows in the order of the
 * questions.
 */
public final class EvalRun {
    private final EvalPlan plan;
    private final LanguageModel model;
    private final PromptFormats formats;
    private final RowWriter writer;
    private final EvalProgress progress;
    private final Cancellation cancellation;
    private final Map<TaskDecoding, Optional<TokenConstraint>> constraints = new HashMap<>();
    private final ArrayDeque<CompletableFuture<Completion>> waiting = new ArrayDeque<>();
    /** What the questions from the first unanswered one on read. */
    private final List<Prompt> prompts = new ArrayList<>();

    private int firstQuestion;
    private int submitted;
    private int written;
    private int failed;
    private long tokens;

    private EvalRun(
            EvalPlan plan,
            LanguageModel model,
            PromptFormats formats,
            RowWriter writer,
            EvalProgress progress,
            Cancellation cancellation) {
        this.plan = plan;
        this.model = model;
        this.formats = formats;
        this.writer = writer;
        this.progress = progress;
        this.cancellation = cancellation;
    }

    /**
     * Hold what came out.
     *
     * @param written how many rows the file holds
     * @param failed how many of the new ones hold an error and no answer, such as a prompt that is too long
     * @param tokens how many tokens were generated
     */
    public record Result(int written, int failed, long tokens) {}

    /**
     * Generate the answers that the file lacks.
     *
     * <p>The answers depend on the plan alone, not on what runs beside them, but for last bits of floating-point numbers.
     *
     * @param cancellation ends the run after the rows that are written
     * @throws CapacityException if so many answers side by side do not fit into memory
     * @throws ProxyTuneException if the file holds other rows than the plan has, or cannot be written
     */
    public static Result run(
            EvalPlan plan,
            LanguageModel model,
            PromptFormats formats,
            RowWriter writer,
            EvalProgress progress,
            Cancellation cancellation) {
        return new EvalRun(plan, model, formats, writer, progress, cancellation).run();
    }

    private Result run() {
        written = present();
        submitted = written;
        if (written < plan.answers()) {
            firstQuestion = written / plan.samples();
            plan.questions().stream().skip(firstQuestion).map(this::prompt).forEach(prompts::add);
            int sequences = Math.min(plan.batch(), plan.answers() - written);
            var options = DecoderOptions.DEFAULT.withSequences(sequences).withContextLength(contextLength());
            try (var scheduler = Scheduler.open(model, options, plan.speculation())) {
                answer(scheduler);
            }
        }
        return new Result(written, failed, tokens);
    }

    /** Return how many rows are there, which must be the first ones of the plan. */
    private int present() {
        List<Map<String, Object>> rows = writer.present();
        for (int row = 0; row < rows.size(); row++) {
            Object index = rows.get(row).get("index");
            Object sample = rows.get(row).get("sample");
            boolean expected = row < plan.answers()
                    && index instanceof Number question
                    && sample instanceof Number number
                    && question.intValue() == plan.question(row).index()
                    && number.intValue() == plan.sample(row);
            if (!expected) {
                throw new ProxyTuneException(
                        "Row " + (row + 1) + " of the file to go on with is question " + index + ", sample " + sample
                                + ", which does not stand there in these questions; write to another file");
            }
        }
        return rows.size();
    }

    private int contextLength() {
        if (plan.contextLength() > 0) {
            return plan.contextLength();
        }
        int longest = prompts.stream().mapToInt(Prompt::longest).max().orElse(0);
        return (int) Math.min(model.contextLength(), (long) longest + plan.maxTokens());
    }

    private Prompt prompt(TaskQuestion question) {
        TaskPrompt prompt = question.prompt();
        List<Message> messages = new ArrayList<>();
        prompt.system().ifPresent(text -> messages.add(Message.system(text)));
        messages.add(Message.user(model instanceof ProxyTunedModel ? prompt.user() : prompt.userAlone()));
        var conversation = Conversation.of(messages)
                .withResponsePrefix(prompt.responsePrefix())
                .withPlainText(prompt.plain());
        return model.tokenize(formats.format(conversation));
    }

    private void answer(Scheduler scheduler) {
        while (written < plan.answers() && !cancellation.isCancelled()) {
            while (submitted < plan.answers() && scheduler.queued() < scheduler.sequences()) {
                waiting.add(submit(scheduler, submitted++));
            }
            scheduler.step();
            while (!waiting.isEmpty() && waiting.getFirst().isDone() && !cancellation.isCancelled()) {
                write(waiting.removeFirst());
            }
            progress.at(written, plan.answers(), tokens);
        }
    }

    private CompletableFuture<Completion> submit(Scheduler scheduler, int answer) {
        Sampling sampling = plan.sampling().withSeed(plan.seed(answer));
        TaskDecoding decoding = plan.task().decoding(plan.question(answer));
        Optional<TokenConstraint> constraint =
                constraints.computeIfAbsent(decoding, key -> TaskConstraint.of(key, model.vocabulary()));
        var request = GenerationRequest.of(prompts.get(answer / plan.samples() - firstQuestion))
                .withSteering(plan.steering())
                .withSampling(constraint.map(sampling::withConstraint).orElse(sampling))
                .withMaxTokens(plan.maxTokens())
                .withStops(decoding.stops())
                .withReport(plan.trace() ? Report.TRACE : Report.NONE);
        return scheduler.submit(
                request, cancellation, event -> tokens += event instanceof GenerationEvent.Token ? 1 : 0);
    }

    private void write(CompletableFuture<Completion> done) {
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        String text = "";
        if (done.isCompletedExceptionally()) {
            if (!(done.exceptionNow() instanceof ProxyTuneException failure)) {
                throw new IllegalStateException(done.exceptionNow());
            }
            failed++;
            more.put("error", failure.getMessage());
        } else {
            Completion completion = done.resultNow();
            if (completion.finishReason() == FinishReason.CANCELLED) {
                return;
            }
            text = completion.text();
            more.put("finish_reason", completion.finishReason().name().toLowerCase(Locale.ROOT));
            more.put("tokens", completion.tokens().size());
            if (plan.trace()) {
                more.put("trace", trace(completion.tokens()));
            }
        }
        TaskQuestion question = plan.question(written);
        writer.add(plan.task().row(question, new TaskOutput(text, plan.sample(written), more)));
        written++;
    }

    private static Map<String, Object> trace(List<GeneratedToken> tokens) {
        List<TokenTrace> traces =
                tokens.stream().flatMap(token -> token.trace().stream()).toList();
        List<Boolean> changed = new ArrayList<>();
        for (int i = 0; i < traces.size(); i++) {
            changed.add(traces.get(i).targetChoice() != tokens.get(i).id());
        }
        Map<String, Object> trace = new LinkedHashMap<>();
        trace.put("tokens", tokens.stream().map(GeneratedToken::text).toList());
        trace.put(
                "delta",
                traces.stream()
                        .map(each -> Math.round(each.delta() * 1e6) / 1e6)
                        .toList());
        trace.put("changed", changed);
        return trace;
    }
}
