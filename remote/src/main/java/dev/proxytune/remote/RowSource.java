package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import dev.proxytune.Vocabulary;
import java.util.function.IntConsumer;

/** Fetch rows by one protocol. Thread-safe. */
sealed interface RowSource permits LlamaServerSource, VllmSource, ProxytuneSource, ChatSource {
    /** How many times as much is asked for as was not enough. */
    int WIDER = 8;

    /**
     * Fill the rows of a query.
     *
     * @throws dev.proxytune.ProxyTuneException if that fails; what the rows hold then says nothing
     */
    void fetch(RowQuery query, Cancellation cancellation);

    /**
     * Learn more of one row that was fetched.
     *
     * @param wanted the row
     * @param ids what is to be learnt, at least
     */
    void widen(RowQuery query, RowQuery.Wanted wanted, int[] ids, Cancellation cancellation);

    /** Return whether answers can be continued, and not only begun. */
    boolean canContinue();

    /**
     * Ask the server for the tokens of a text.
     *
     * @throws StatusException if it does not tell
     */
    int[] tokenize(String text);

    /** Ask for ever more of a row, until the ids are known or there is no more. */
    static void widen(int top, int vocabularySize, RowQuery.Wanted wanted, int[] ids, IntConsumer ask) {
        int wider = Math.max(top, WIDER);
        while (wider < vocabularySize && !wanted.row().areKnown(ids)) {
            wider = (int) Math.min(vocabularySize, (long) wider * WIDER);
            ask.accept(wider);
        }
    }

    /** Make the source for a server. */
    static RowSource of(RemoteHttp http, ServerFacts facts, RemoteOptions options, Vocabulary vocabulary) {
        int remoteSize = facts.vocabularySize().orElse(vocabulary.size());
        int top = options.top(Math.max(remoteSize, vocabulary.size()));
        return switch (facts.protocol()) {
            case LLAMA_SERVER -> new LlamaServerSource(http, top, vocabulary);
            case VLLM -> new VllmSource(http, facts.model(), top, Math.max(remoteSize, vocabulary.size()));
            case PROXYTUNE -> new ProxytuneSource(http, facts, options);
            case OPENAI -> new ChatSource(http, facts.model().orElseThrow(), options, vocabulary);
        };
    }
}
