package dev.proxytune.remote;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Name what a server speaks. */
public enum Protocol {
    /** vLLM: token ids in and out, whole rows if it was started with {@code --max-logprobs -1}. */
    VLLM("vllm"),
    /** llama.cpp's server: token ids in and out, whole rows. */
    LLAMA_SERVER("llama-server"),
    /** Our own server, which shares rows: token ids in, rows out, both as bytes. */
    PROXYTUNE("proxytune"),
    /** A chat API in OpenAI's form: texts in, the likeliest first tokens out. */
    OPENAI("openai");

    private final String label;

    Protocol(String label) {
        this.label = label;
    }

    /** Return the word for users. */
    public String label() {
        return label;
    }

    /**
     * Return the protocol that a user calls so.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Protocol named(String label) {
        return find(label)
                .orElseThrow(() -> new IllegalArgumentException("there is no protocol " + label + "; known are "
                        + Stream.of(values()).map(Protocol::label).collect(Collectors.joining(", "))));
    }

    private static Optional<Protocol> find(String label) {
        String wanted = label.toLowerCase(Locale.ROOT).replace('_', '-');
        return Stream.of(values()).filter(each -> each.label.equals(wanted)).findFirst();
    }
}
