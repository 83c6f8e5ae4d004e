package dev.proxytune.server;

import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.RoleText;
import dev.proxytune.Steering;
import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import dev.proxytune.chat.Conversation;
import java.util.Optional;

/** Is a voice of a model that is kept in memory while a request needs it. */
final class Speaker implements AutoCloseable {
    private final Models.Entry entry;
    private final ModelHost.Lease lease;

    private Speaker(Models.Entry entry, ModelHost.Lease lease) {
        this.entry = entry;
        this.lease = lease;
    }

    /**
     * Open a voice, which may load its model.
     *
     * @throws ApiException if the model is not there yet
     */
    static Speaker open(Models.Entry entry) {
        return new Speaker(entry, entry.host().lease(entry.voice()));
    }

    /** Return what clients call it. */
    String name() {
        return entry.name();
    }

    EngineOptions options() {
        return entry.host().options();
    }

    Engine engine() {
        return lease.engine();
    }

    private LanguageModel model() {
        return lease.engine().model();
    }

    Vocabulary vocabulary() {
        return model().vocabulary();
    }

    /** Return what the voice reads of a conversation. */
    Prompt prompt(Conversation conversation) {
        PromptText text = lease.model().formats().format(conversation);
        return model().tokenize(entry.voice() == Voice.EXPERT ? PromptText.of(text.expert(0)) : text);
    }

    /** Return what the voice reads of a text in which special tokens written out are meant. */
    Prompt prompt(String text) {
        return model().tokenize(PromptText.of(RoleText.of(text)));
    }

    /** Return whether a weight has a meaning for this voice. */
    boolean isSteered() {
        return entry.voice() == Voice.WHOLE && entry.host().served().isProxied();
    }

    /** Return the number of pairs that can be weighed. */
    int pairs() {
        return isSteered() && model() instanceof ProxyTunedModel trio
                ? trio.pairs().size()
                : 0;
    }

    /** Return the weights of the pairs, a client's or the model's own. */
    Steering steering(Optional<Steering> wished) {
        return entry.voice() == Voice.BASE
                ? Steering.NONE
                : wished.orElse(entry.host().served().steering());
    }

    TokenConstraint constraint(String grammar) {
        return model().constraint(grammar);
    }

    @Override
    public void close() {
        lease.close();
    }
}
