package dev.proxytune.cli;

import dev.proxytune.Completion;
import dev.proxytune.GeneratedToken;
import dev.proxytune.GenerationRequest;
import dev.proxytune.Generator;
import dev.proxytune.LanguageModel;
import dev.proxytune.PromptText;
import dev.proxytune.Report;
import dev.proxytune.RoleText;

/**
 * Knows the greedy answer to a prompt, and where another token nearly tied: there, the last bits decide, which depend on
 * what else was computed in the same batch.
 */
record ExpectedAnswer(String prompt, Completion completion) {
    private static final double TIE = 0.02;

    static ExpectedAnswer to(String prompt, LanguageModel model, Generator generator, int maxTokens) {
        var request = GenerationRequest.of(model.tokenize(PromptText.of(RoleText.of(prompt))))
                .withMaxTokens(maxTokens)
                .withReport(Report.LOGPROBS.withCandidates(2));
        return new ExpectedAnswer(prompt, generator.generate(request));
    }

    /** Return whether an answer is this one, or leaves it where there was a tie. */
    boolean accepts(String answer) {
        if (answer.equals(completion.text())) {
            return true;
        }
        int place = 0;
        for (GeneratedToken token : completion.tokens()) {
            place += token.text().length();
            if (isTie(token)
                    && answer.startsWith(
                            completion.text().substring(0, place - token.text().length()))) {
                return true;
            }
            if (!answer.startsWith(completion.text().substring(0, place))) {
                return false;
            }
        }
        return false;
    }

    private static boolean isTie(GeneratedToken token) {
        var candidates = token.candidates();
        return candidates.size() > 1
                && candidates.getFirst().logprob() - candidates.get(1).logprob() < TIE;
    }
}
