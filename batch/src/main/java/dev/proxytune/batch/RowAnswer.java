package dev.proxytune.batch;

import dev.proxytune.jsonl.JsonLines;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hold what a row is answered with.
 *
 * @param fields the answer's row; not to be changed
 * @param id what the row is called, if it has a name
 * @param text what was generated, empty if the row has an error, and of OpenAI's rows always
 * @param finishReason why it ended, in small letters, if there is a text
 * @param promptTokens how many tokens the prompts have
 * @param completionTokens how many tokens were generated
 * @param error what went wrong, if something did
 */
public record RowAnswer(
        ObjectNode fields,
        Optional<String> id,
        Optional<String> text,
        Optional<String> finishReason,
        int promptTokens,
        int completionTokens,
        Optional<String> error) {

    /** Return the row as one line of JSON with its line end. */
    public String line() {
        return JsonLines.wellFormed(fields.toString()) + "\n";
    }
}
