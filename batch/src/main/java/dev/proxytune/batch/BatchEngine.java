package dev.proxytune.batch;

import dev.proxytune.Cancellation;
import dev.proxytune.CancelledException;
import dev.proxytune.Completion;
import dev.proxytune.DecoderOptions;
import dev.proxytune.FinishReason;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Prompt;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.SharedGenerator;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import dev.proxytune.chat.Conversation;
import dev.proxytune.openai.AnswerFormat.Part;
import dev.proxytune.openai.AnswerProgress;
import dev.proxytune.openai.AnswerRequest;
import dev.proxytune.openai.JsonGrammars;
import dev.proxytune.openai.Respondent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Answer rows, as many side by side as there are sequences, for any number of threads. Thread-safe.
 */
public final class BatchEngine implements AutoCloseable {
    private final BatchModel model;
    private final SharedGenerator generator;
    private final RowRequests requests;
    private final int sequences;

    private BatchEngine(
            BatchModel model, SharedGenerator generator, int sequences, BatchSettings settings, JsonGrammars grammars) {
        this.sequences = sequences;
        this.model = model;
        this.generator = generator;
        this.requests = new RowRequests(new Voice(), settings, grammars);
    }

    /**
     * Open the contexts of a model, which the engine closes in the end.
     *
     * @param sequences how many answers run side by side, 1 or more
     * @param contextLength how many tokens a prompt and its answer have room for
     * @throws dev.proxytune.CapacityException if the contexts do not fit into memory; the model is closed then too
     */
    public static BatchEngine open(
            BatchModel model, int sequences, int contextLength, BatchSettings settings, JsonGrammars grammars) {
        try {
            var options = DecoderOptions.DEFAULT.withSequences(sequences).withContextLength(contextLength);
            var generator = SharedGenerator.open(model.model(), options, Speculation.OFF, "batch");
            return new BatchEngine(model, generator, sequences, settings, grammars);
        } catch (RuntimeException | Error e) {
            model.model().close();
            throw e;
        }
    }

    /** Is the model as those see it who read requests. */
    private final class Voice implements Respondent {

        @Override
        public String name() {
            return model.name();
        }

        @Override
        public Vocabulary vocabulary() {
            return model.model().vocabulary();
        }

        @Override
        public int contextLength() {
            return generator.contextLength();
        }

        @Override
        public int maxTokens() {
            return Integer.MAX_VALUE;
        }

        @Override
        public Prompt prompt(Conversation conversation) {
            return model.prompt(conversation);
        }

        @Override
        public Prompt prompt(String text) {
            return model.prompt(text);
        }

        @Override
        public boolean isSteered() {
            return pairs() > 0;
        }

        @Override
        public int pairs() {
            return model.pairs();
        }

        @Override
        public Steering steering(Optional<Steering> wished) {
            return wished.orElse(model.steering());
        }

        @Override
        public TokenConstraint constraint(String grammar) {
            return model.model().constraint(grammar);
        }
    }

    /** Return how many answers run side by side. */
    public int sequences() {
        return sequences;
    }

    /**
     * Answer a row.
     *
     * @param cancellation ends the answer before its next token
     * @return what is completed with the answer, which tells of all that is wrong with the row; or fails, with a {@link
     *     CancelledException} if the answer was cancelled, or an {@link IllegalStateException} if the engine was closed
     */
    public CompletableFuture<RowAnswer> answer(BatchRow row, Cancellation cancellation) {
        RowWriting writing = new RowWriting(row, requests.voice());
        if (row instanceof BatchRow.Unreadable unreadable) {
            return CompletableFuture.completedFuture(writing.refusal(unreadable));
        }
        AnswerRequest asked;
        try {
            asked = requests.read(row);
        } catch (ProxyTuneException e) {
            return CompletableFuture.completedFuture(writing.failure(e));
        }
        return new Making(asked, writing).run(cancellation);
    }

    /** Makes the answers to one row. */
    private final class Making {
        private final AnswerRequest asked;
        private final RowWriting writing;
        private final AnswerProgress progress;
        private final List<List<Part>> parts = new ArrayList<>();

        Making(AnswerRequest asked, RowWriting writing) {
            this.asked = asked;
            this.writing = writing;
            this.progress = new AnswerProgress(asked, requests.voice());
        }

        CompletableFuture<RowAnswer> run(Cancellation cancellation) {
            List<CompletableFuture<Completion>> answers = new ArrayList<>();
            for (GenerationRequest request : asked.requests()) {
                int choice = parts.size();
                List<Part> of = new ArrayList<>();
                parts.add(of);
                answers.add(generator.submit(request, cancellation, event -> of.add(progress.add(choice, event))));
            }
            return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                    .handle((_, failure) -> failure == null ? finish(answers) : fail(failure));
        }

        private RowAnswer finish(List<CompletableFuture<Completion>> answers) {
            for (CompletableFuture<Completion> answer : answers) {
                if (answer.resultNow().finishReason() == FinishReason.CANCELLED) {
                    throw new CancelledException();
                }
                progress.end(answer.resultNow());
            }
            List<Part> whole = parts.stream().map(Part::join).toList();
            return writing.answer(asked, whole, progress.usage());
        }

        private RowAnswer fail(Throwable failure) {
            Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : failure;
            if (cause instanceof ProxyTuneException refused && !(cause instanceof CancelledException)) {
                return writing.failure(refused);
            }
            throw cause instanceof RuntimeException unexpected ? unexpected : new IllegalStateException(cause);
        }
    }

    /** Let answers that are not finished fail, and free the contexts and the model. Closing twice is allowed. */
    @Override
    public void close() {
        generator.close();
        model.model().close();
    }
}
