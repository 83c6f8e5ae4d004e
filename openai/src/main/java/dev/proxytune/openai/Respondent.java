package dev.proxytune.openai;

import dev.proxytune.Prompt;
import dev.proxytune.Steering;
import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import dev.proxytune.chat.Conversation;
import java.util.Optional;

/** Is whom a request asks: a model, and how it reads. Thread-safe. */
public interface Respondent {

    /** Return what clients call it. */
    String name();

    Vocabulary vocabulary();

    /** Return how many tokens a prompt and its answer have room for. */
    int contextLength();

    /** Return the most tokens that an answer may be asked to have. */
    int maxTokens();

    /**
     * Return what it reads of a conversation.
     *
     * @throws dev.proxytune.ProxyTuneException if a template refuses it
     */
    Prompt prompt(Conversation conversation);

    /** Return what it reads of a text. */
    Prompt prompt(String text);

    /** Return whether a weight has a meaning for it. */
    boolean isSteered();

    /** Return the number of pairs that can be weighed. */
    int pairs();

    /** Return the weights of the pairs, a client's or its own. */
    Steering steering(Optional<Steering> wished);

    /**
     * Return what holds an answer to a grammar in GBNF.
     *
     * @throws dev.proxytune.ConstraintException if it is none, or grammars are not to be had
     */
    TokenConstraint constraint(String grammar);
}
