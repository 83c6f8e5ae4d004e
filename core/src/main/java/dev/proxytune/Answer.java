package dev.proxytune;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Make one answer out of rows: draw tokens, turn them into text, find the end.
 *
 * <p>Knows nothing of decoders, so that whoever drives one, alone or with many answers at once, uses the same. Not
 * thread-safe.
 */
final class Answer implements AutoCloseable {
    private final GenerationRequest request;
    private final Vocabulary vocabulary;
    private final Consumer<? super GenerationEvent> listener;
    private final Sampler sampler;
    private final TokenHistory history;
    private final TokenReporter reporter;
    private final Utf8Stream characters = new Utf8Stream();
    private final StopScanner stops;
    private final List<GeneratedToken> tokens = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final List<GeneratedToken> told = new ArrayList<>();
    private int guesses;
    private @Nullable FinishReason finishReason;

    Answer(
            GenerationRequest request,
            Vocabulary vocabulary,
            SamplerScratch scratch,
            Consumer<? super GenerationEvent> listener) {
        this.request = request;
        this.vocabulary = vocabulary;
        this.listener = listener;
        this.sampler = new Sampler(request.sampling(), scratch);
        this.history = new TokenHistory(request.prompt());
        this.reporter = new TokenReporter(request.report(), vocabulary);
        this.stops = new StopScanner(request.stops());
        if (request.maxTokens() == 0 && !request.report().prompt()) {
            finish(FinishReason.LENGTH);
        }
    }

    /**
     * Draw the next token from a row, tell the listener, and return the token unless the answer ends without it being
     * needed.
     */
    int next(Row row) {
        forgetGuesses();
        int id = sampler.sample(row, history);
        if (vocabulary.isEndOfGeneration(id)) {
            finish(FinishReason.STOP);
            return id;
        }
        history.add(id);
        byte[] bytes = vocabulary.bytes(id);
        GeneratedToken token = reporter.describe(id, bytes, row);
        tokens.add(token);
        String certain = stops.add(characters.add(bytes));
        text.append(certain);
        listener.accept(new GenerationEvent.Token(token, certain));
        if (stops.isStopped()) {
            finish(FinishReason.STOP);
        } else if (tokens.size() >= request.maxTokens()) {
            finish(FinishReason.LENGTH);
        }
        return id;
    }

    /** Return how many tokens of the prompt have been told. */
    int told() {
        return told.size();
    }

    /** Tell the first token of the prompt, which no row comes before. */
    void tellFirst(int id) {
        byte[] bytes = vocabulary.bytes(id);
        String own = new String(bytes, StandardCharsets.UTF_8);
        told.add(new GeneratedToken(id, own, OptionalDouble.empty(), List.of(), Optional.empty(), Optional.empty()));
        tellAll();
    }

    /** Tell the next token of the prompt, by the row before it. */
    void tell(int id, Row row) {
        told.add(reporter.describe(id, vocabulary.bytes(id), row));
        tellAll();
    }

    private void tellAll() {
        if (told.size() == request.prompt().length()) {
            listener.accept(new GenerationEvent.Prompt(told));
            if (request.maxTokens() == 0) {
                finish(FinishReason.LENGTH);
            }
        }
    }

    /** Return how many tokens more the answer may have. */
    int left() {
        return request.maxTokens() - tokens.size();
    }

    /**
     * Guess what {@link #next} would return for a row like this one, or −1 if that would end the answer or cannot be
     * told. Each further guess, until {@link #next}, takes those before it for drawn.
     */
    int guess(Row row) {
        if (guesses == 0) {
            sampler.beginGuesses();
        }
        int id = sampler.guess(row, history);
        if (id < 0 || vocabulary.isEndOfGeneration(id)) {
            return -1;
        }
        history.add(id);
        guesses++;
        return id;
    }

    /** Return how likely the last guess was by the row that it was made from. */
    double confidence() {
        return sampler.confidence();
    }

    private void forgetGuesses() {
        history.cut(history.size() - guesses);
        guesses = 0;
    }

    /** End the answer; what was held back becomes text. */
    void finish(FinishReason reason) {
        finishReason = reason;
        String rest = stops.add(characters.finish()) + stops.finish();
        text.append(rest);
        listener.accept(new GenerationEvent.Finished(reason, rest));
    }

    boolean isFinished() {
        return finishReason != null;
    }

    Optional<FinishReason> finishReason() {
        return Optional.ofNullable(finishReason);
    }

    List<GeneratedToken> tokens() {
        return tokens;
    }

    String text() {
        return text.toString();
    }

    /** Free what drawing tokens holds. Closing twice is allowed. */
    @Override
    public void close() {
        sampler.close();
    }
}
