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
import dev.proxytune.openai.ApiException;
import dev.proxytune.openai.Respondent;
import java.util.Optional;

/** Is a voice of a model that is kept in memory while a request needs it. */
final class Speaker implements Respondent, AutoCloseable {
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

    @Override
    public String name() {
        return entry.name();
    }

    @Override
    public int maxTokens() {
        return entry.host().options().maxTokens();
    }

    @Override
    public int contextLength() {
        return engine().contextLength();
    }

    Engine engine() {
        return lease.engine();
    }

    private LanguageModel model() {
        return lease.engine().model();
    }

    @Override
    public Vocabulary vocabulary() {
        return model().vocabulary();
    }

    @Override
    public Prompt prompt(Conversation conversation) {
        PromptText text = lease.model().formats().format(conversation);
        return model().tokenize(entry.voice() == Voice.EXPERT ? PromptText.of(text.expert(0)) : text);
    }

    /** Return what the voice reads of a text in which special tokens written out are meant. */
    @Override
    public Prompt prompt(String text) {
        return model().tokenize(PromptText.of(RoleText.of(text)));
    }

    @Override
    public boolean isSteered() {
        return entry.voice() == Voice.WHOLE && entry.host().served().isProxied();
    }

    @Override
    public int pairs() {
        return isSteered() && model() instanceof ProxyTunedModel trio
                ? trio.pairs().size()
                : 0;
    }

    @Override
    public Steering steering(Optional<Steering> wished) {
        return entry.voice() == Voice.BASE
                ? Steering.NONE
                : wished.orElse(entry.host().served().steering());
    }

    @Override
    public TokenConstraint constraint(String grammar) {
        return model().constraint(grammar);
    }

    @Override
    public void close() {
        lease.close();
    }
}
