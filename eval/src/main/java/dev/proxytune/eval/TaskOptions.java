package dev.proxytune.eval;

import java.util.Optional;

/**
 * Say what a user may choose of a task's prompts.
 *
 * @param system the system's message of chat templates; the paper gave Llama-2's to its TruthfulQA experts
 * @param seed where the generator starts that draws and shuffles answer options which the data do not fix
 */
public record TaskOptions(Optional<String> system, long seed) {
    /** No system's message. */
    public static final TaskOptions DEFAULT = new TaskOptions(Optional.empty(), 42);
}
