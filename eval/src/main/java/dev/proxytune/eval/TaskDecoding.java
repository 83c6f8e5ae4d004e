package dev.proxytune.eval;

import java.util.List;

/**
 * Say how answers of a task are generated.
 *
 * @param maxTokens the most tokens of an answer
 * @param stops texts that end an answer while it is generated, and are not part of it
 * @param cuts texts that a finished answer is cut at, see {@link #cut}
 * @param temperature 0 for greedy decoding
 * @param topP the nucleus, 1 for all tokens
 * @param samples how many answers each question gets
 * @param banned texts none of whose token sequences may be generated
 * @param bannedFirst texts whose first token may not begin an answer
 * @param onlyFirst texts of one token each, one of which must begin an answer; none for any
 */
public record TaskDecoding(
        int maxTokens,
        List<String> stops,
        List<String> cuts,
        float temperature,
        float topP,
        int samples,
        List<String> banned,
        List<String> bannedFirst,
        List<String> onlyFirst) {

    public TaskDecoding {
        stops = List.copyOf(stops);
        cuts = List.copyOf(cuts);
        banned = List.copyOf(banned);
        bannedFirst = List.copyOf(bannedFirst);
        onlyFirst = List.copyOf(onlyFirst);
    }

    static TaskDecoding greedy(int maxTokens, String... stops) {
        return new TaskDecoding(maxTokens, List.of(stops), List.of(), 0, 1, 1, List.of(), List.of(), List.of());
    }

    TaskDecoding withCuts(String... value) {
        return new TaskDecoding(
                maxTokens, stops, List.of(value), temperature, topP, samples, banned, bannedFirst, onlyFirst);
    }

    TaskDecoding withOnlyFirst(String... value) {
        return new TaskDecoding(
                maxTokens, stops, cuts, temperature, topP, samples, banned, bannedFirst, List.of(value));
    }

    /** Return a finished answer up to the first of the {@link #cuts}. */
    public String cut(String answer) {
        int end = answer.length();
        for (String cut : cuts) {
            int found = answer.indexOf(cut);
            end = found < 0 ? end : Math.min(end, found);
        }
        return answer.substring(0, end);
    }
}
