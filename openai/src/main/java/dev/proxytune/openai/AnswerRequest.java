package dev.proxytune.openai;

import dev.proxytune.GenerationRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * Hold what a client asks for.
 *
 * @param prompts what each answer goes on from
 * @param count how many answers there are to each prompt
 * @param stream whether the answers are sent while they are made
 * @param usage whether a stream ends with the numbers of tokens
 * @param logprobs whether log-probabilities are told
 * @param trace whether it is told what each role says about each token
 */
public record AnswerRequest(
        List<Asked> prompts, int count, boolean stream, boolean usage, boolean logprobs, boolean trace) {

    public AnswerRequest {
        prompts = List.copyOf(prompts);
    }

    /**
     * Hold one prompt.
     *
     * @param request the request of its first answer
     * @param echo what is sent before the answer
     */
    public record Asked(GenerationRequest request, String echo) {}

    /** Return all requests: those of the first prompt, those of the second, and so on; each with a seed of its own. */
    public List<GenerationRequest> requests() {
        List<GenerationRequest> all = new ArrayList<>();
        for (Asked asked : prompts) {
            GenerationRequest first = asked.request();
            for (int i = 0; i < count; i++) {
                all.add(first.withSampling(
                        first.sampling().withSeed(first.sampling().seed() + i)));
            }
        }
        return all;
    }

    /** Return what is sent before an answer. */
    public String echo(int choice) {
        return prompts.get(choice / count).echo();
    }
}
