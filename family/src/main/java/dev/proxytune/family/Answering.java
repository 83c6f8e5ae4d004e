package dev.proxytune.family;

import dev.proxytune.Cancellation;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.FinishReason;
import dev.proxytune.GenerationEvent;
import dev.proxytune.GenerationRequest;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Scheduler;
import dev.proxytune.Steering;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Answers many questions side by side, each token the likeliest one.
 *
 * <p>An answer ends with the first line that is not empty: what a system asks or tells in further lines is not judged.
 */
final class Answering {
    private static final int SIDE_BY_SIDE = 16;

    /** The longest answers of the asked form have 70 tokens. */
    private static final int MOST_TOKENS = 96;

    private Answering() {}

    /**
     * Return the answers in the order of the prompts.
     *
     * @param progress gets the number of answers so far, whenever it grows
     * @throws ProxyTuneException if the decoder cannot be opened or a model yields no usable row
     */
    static List<Reply> answer(LanguageModel model, Steering steering, List<String> texts, IntConsumer progress) {
        List<Prompt> prompts =
                texts.stream().map(text -> model.tokenize(PromptText.of(text))).toList();
        int longest = prompts.stream().mapToInt(Prompt::length).max().orElse(0);
        var options = DecoderOptions.DEFAULT
                .withSequences(Math.max(1, Math.min(SIDE_BY_SIDE, prompts.size())))
                .withContextLength(Math.min(model.contextLength(), longest + MOST_TOKENS));
        var answered = new AtomicInteger();
        try (var scheduler = Scheduler.open(model, options)) {
            List<CompletableFuture<Reply>> replies = new ArrayList<>();
            for (Prompt prompt : prompts) {
                var request =
                        GenerationRequest.of(prompt).withSteering(steering).withMaxTokens(MOST_TOKENS);
                replies.add(
                        submit(scheduler, request).whenComplete((_, _) -> progress.accept(answered.incrementAndGet())));
            }
            while (scheduler.step()) {
                // each step makes all answers one token longer
            }
            return replies.stream().map(Answering::reply).toList();
        }
    }

    private static CompletableFuture<Reply> submit(Scheduler scheduler, GenerationRequest request) {
        var enough = new Cancellation();
        var text = new StringBuilder();
        Consumer<GenerationEvent> untilLineEnd = event -> {
            text.append(event.text());
            if (lineEnd(text.toString().stripLeading()) >= 0) {
                enough.cancel();
            }
        };
        return scheduler.submit(request, enough, untilLineEnd).thenApply(Answering::firstLine);
    }

    private static int lineEnd(String text) {
        return text.indexOf('\n');
    }

    private static Reply firstLine(Completion completion) {
        String text = completion.text().stripLeading();
        int end = lineEnd(text);
        return new Reply(
                end < 0 ? text : text.substring(0, end), end < 0 && completion.finishReason() == FinishReason.STOP);
    }

    private static Reply reply(CompletableFuture<Reply> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
