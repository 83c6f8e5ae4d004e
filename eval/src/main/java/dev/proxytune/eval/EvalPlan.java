package dev.proxytune.eval;

import dev.proxytune.Sampling;
import dev.proxytune.Speculation;
import dev.proxytune.Steering;
import java.util.List;

/**
 * Say what is asked, and how answers are generated.
 *
 * @param task what the questions belong to
 * @param questions in the order in which their rows are written
 * @param steering the weights of the pairs
 * @param sampling how tokens are drawn; its seed is where those of the single answers start
 * @param maxTokens the most tokens of an answer
 * @param samples how many answers each question gets
 * @param batch how many answers run side by side
 * @param contextLength how many tokens prompt and answer may have together, 0 for as many as these questions can need
 * @param trace whether rows tell how the experts moved each token
 * @param speculation how far answers are guessed ahead, which changes no answer
 */
public record EvalPlan(
        Task task,
        List<TaskQuestion> questions,
        Steering steering,
        Sampling sampling,
        int maxTokens,
        int samples,
        int batch,
        int contextLength,
        boolean trace,
        Speculation speculation) {

    public EvalPlan {
        questions = List.copyOf(questions);
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("there must be a question");
        }
        if (contextLength < 0) {
            throw new IllegalArgumentException("contextLength must not be negative, got: " + contextLength);
        }
        require(maxTokens, "maxTokens");
        require(samples, "samples");
        require(batch, "batch");
    }

    private static void require(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, got: " + value);
        }
    }

    /** Ask the questions as the task's paper did. */
    public static EvalPlan of(Task task, List<TaskQuestion> questions) {
        TaskDecoding decoding = task.decoding();
        return new EvalPlan(
                task,
                questions,
                Steering.DEFAULT,
                Sampling.atTemperature(decoding.temperature()).withTopP(decoding.topP()),
                decoding.maxTokens(),
                decoding.samples(),
                16,
                0,
                false,
                Speculation.OFF);
    }

    public EvalPlan withSteering(Steering value) {
        return new EvalPlan(
                task, questions, value, sampling, maxTokens, samples, batch, contextLength, trace, speculation);
    }

    public EvalPlan withSampling(Sampling value) {
        return new EvalPlan(
                task, questions, steering, value, maxTokens, samples, batch, contextLength, trace, speculation);
    }

    public EvalPlan withMaxTokens(int value) {
        return new EvalPlan(
                task, questions, steering, sampling, value, samples, batch, contextLength, trace, speculation);
    }

    public EvalPlan withSamples(int value) {
        return new EvalPlan(
                task, questions, steering, sampling, maxTokens, value, batch, contextLength, trace, speculation);
    }

    public EvalPlan withBatch(int value) {
        return new EvalPlan(
                task, questions, steering, sampling, maxTokens, samples, value, contextLength, trace, speculation);
    }

    public EvalPlan withContextLength(int value) {
        return new EvalPlan(task, questions, steering, sampling, maxTokens, samples, batch, value, trace, speculation);
    }

    public EvalPlan withTrace(boolean value) {
        return new EvalPlan(
                task, questions, steering, sampling, maxTokens, samples, batch, contextLength, value, speculation);
    }

    public EvalPlan withSpeculation(Speculation value) {
        return new EvalPlan(
                task, questions, steering, sampling, maxTokens, samples, batch, contextLength, trace, value);
    }

    /** Return how many answers there are to generate. */
    public int answers() {
        return Math.multiplyExact(questions.size(), samples);
    }

    TaskQuestion question(int answer) {
        return questions.get(answer / samples);
    }

    int sample(int answer) {
        return answer % samples;
    }

    /** Return the seed of an answer, which depends on nothing but the question's place, the sample and the base seed. */
    long seed(int answer) {
        long state = sampling.seed() + 0x9E3779B97F4A7C15L * (question(answer).index() + 1L);
        state = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L + sample(answer);
        state = (state ^ (state >>> 27)) * 0x94D049BB133111EBL;
        return state ^ (state >>> 31);
    }
}
