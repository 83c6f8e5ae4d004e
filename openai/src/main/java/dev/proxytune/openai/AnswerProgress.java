package dev.proxytune.openai;

import dev.proxytune.Completion;
import dev.proxytune.FinishReason;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationEvent;
import dev.proxytune.openai.AnswerFormat.Part;
import dev.proxytune.openai.AnswerFormat.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Follows the answers to one request from event to event. Not thread-safe. */
public final class AnswerProgress {
    private final AnswerRequest request;
    private final List<Choice> choices = new ArrayList<>();
    private int left;
    private int completionTokens;

    /** Begin to follow the answers to a request. */
    public AnswerProgress(AnswerRequest request, Respondent respondent) {
        this.request = request;
        this.left = request.prompts().size() * request.count();
        for (int i = 0; i < left; i++) {
            choices.add(new Choice(new TokenLedger(respondent.vocabulary())));
        }
    }

    private static final class Choice {
        private final TokenLedger ledger;
        private int length;
        private int tokenPlace;

        Choice(TokenLedger ledger) {
            this.ledger = ledger;
        }
    }

    /** Return whether all answers are there. */
    public boolean isOver() {
        return left == 0;
    }

    /** Return what an event adds to an answer. */
    public Part add(int number, GenerationEvent event) {
        Choice choice = choices.get(number);
        List<GeneratedToken> tokens = switch (event) {
            case GenerationEvent.Token token -> {
                choice.ledger.add(token.token());
                yield choice.ledger.release(token.text());
            }
            case GenerationEvent.Finished finished -> choice.ledger.finish(finished.text());
            case GenerationEvent.Prompt prompt -> prompt.tokens();
        };
        String echo = choice.length == 0 ? request.echo(number) : "";
        if (choice.length == 0 && !(event instanceof GenerationEvent.Prompt)) {
            choice.tokenPlace = echo.length();
        }
        String text = echo + event.text();
        int place = choice.tokenPlace;
        choice.length += text.length();
        choice.tokenPlace +=
                tokens.stream().mapToInt(token -> token.text().length()).sum();
        Optional<FinishReason> end =
                event instanceof GenerationEvent.Finished finished ? Optional.of(finished.reason()) : Optional.empty();
        return new Part(number, text, tokens, place, end);
    }

    /** Count an answer that is complete. */
    public void end(Completion completion) {
        left--;
        completionTokens += completion.tokens().size();
    }

    /** Return how many tokens prompts and complete answers have. */
    public Usage usage() {
        int prompts = request.prompts().stream()
                .mapToInt(asked -> asked.request().prompt().length())
                .sum();
        return new Usage(prompts, completionTokens);
    }
}
