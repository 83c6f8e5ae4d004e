package dev.proxytune.remote;

import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/**
 * Be the language model that a server runs.
 *
 * <p>Its tokenizer is a local one, which is compared with the server's before the first token. Rows are whole, or hold
 * the likeliest tokens ({@link dev.proxytune.Row#truncation}). A decoder keeps no more than token ids, so cutting back
 * and copying sequences cost nothing; rows of several sequences are fetched side by side.
 *
 * <p>{@link Decoder#decode} throws a {@link RemoteException} where the server cannot be reached after all retries, and
 * an {@link dev.proxytune.UnsupportedCapabilityException} where an answer would go on that the server cannot continue.
 */
public final class RemoteModel implements LanguageModel {
    /** Where a server does not tell, it will refuse what is too long. */
    private static final int UNKNOWN_LENGTH = 1 << 20;

    private final RemoteHttp http;
    private final LanguageModel tokenizer;
    private final ServerFacts facts;
    private final RowSource source;
    private final int contextLength;

    private RemoteModel(RemoteHttp http, LanguageModel tokenizer, ServerFacts facts, RowSource source) {
        this.http = http;
        this.tokenizer = tokenizer;
        this.facts = facts;
        this.source = source;
        this.contextLength = facts.contextLength().orElse(UNKNOWN_LENGTH);
    }

    /**
     * Find out what the server is, and check that its tokens are those of the tokenizer.
     *
     * @param server the address, such as {@code http://host:8000} or {@code https://host/v1}
     * @param tokenizer a model with the same vocabulary, of which the weights are not needed; this model closes it, and
     *     so does a failure of this method
     * @throws IllegalArgumentException if the address is none of HTTP, or has a user, a query or a fragment
     * @throws RemoteException if the server cannot be reached or is none that is known
     * @throws dev.proxytune.VocabularyMismatchException if its tokens are others
     */
    public static RemoteModel connect(URI server, RemoteOptions options, LanguageModel tokenizer) {
        try {
            var http = new RemoteHttp(root(server), options);
            try {
                return connect(http, options, tokenizer);
            } catch (RuntimeException | Error e) {
                http.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            tokenizer.close();
            throw e;
        }
    }

    private static RemoteModel connect(RemoteHttp http, RemoteOptions options, LanguageModel tokenizer) {
        ServerFacts facts = Detection.detect(http, options);
        RowSource source = RowSource.of(http, facts, options, tokenizer.vocabulary());
        if (source.canContinue()) {
            TokenizerCheck.check(http.address(), source, facts, tokenizer.vocabulary(), options.trusted());
        }
        return new RemoteModel(http, tokenizer, facts, source);
    }

    /**
     * Read a server's address.
     *
     * @throws IllegalArgumentException if it is none of HTTP, or has a user, a query or a fragment
     */
    public static URI checked(String address) {
        URI server;
        try {
            server = new URI(address);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("a server's address must be like http://host:8000", e);
        }
        URI _ = root(server);
        return server;
    }

    /** Return the part of an address that all paths of the server begin with. */
    static URI root(URI server) {
        String scheme = String.valueOf(server.getScheme()).toLowerCase(Locale.ROOT);
        boolean plain = server.getRawUserInfo() == null && server.getRawQuery() == null && server.getFragment() == null;
        if (!(scheme.equals("http") || scheme.equals("https")) || server.getHost() == null || !plain) {
            throw new IllegalArgumentException("a server's address must be like http://host:8000 or https://host/v1,"
                    + " without a user, ? or #; keys come from the environment");
        }
        String path = server.getRawPath().replaceFirst("/+$", "").replaceFirst("(^|/)v1$", "");
        return URI.create(scheme + "://" + server.getRawAuthority() + path);
    }

    /** Return what the server speaks. */
    public Protocol protocol() {
        return facts.protocol();
    }

    /** Return what the server calls the model, or {@code model} if it does not say. */
    public String name() {
        return facts.model().orElse("model");
    }

    @Override
    public Vocabulary vocabulary() {
        return tokenizer.vocabulary();
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Optional<String> chatTemplate() {
        return facts.chatTemplate().or(tokenizer::chatTemplate);
    }

    @Override
    public TokenConstraint constraint(String grammar) {
        return tokenizer.constraint(grammar);
    }

    @Override
    public Prompt tokenize(PromptText text) {
        return tokenizer.tokenize(text);
    }

    @Override
    public Decoder open(DecoderOptions options) {
        int size = vocabulary().size();
        int length = options.contextLength() == 0 ? contextLength : Math.min(contextLength, options.contextLength());
        return new RemoteDecoder(
                source, http.address(), size, facts.vocabularySize().orElse(size), length, options);
    }

    @Override
    public void close() {
        http.close();
        tokenizer.close();
    }

    @Override
    public String toString() {
        return name() + " at " + http.address();
    }
}
