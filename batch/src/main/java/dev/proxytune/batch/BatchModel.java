package dev.proxytune.batch;

import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Steering;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import dev.proxytune.chat.PromptFormats;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Hold a model, and how it reads rows.
 *
 * @param name what answers call it
 * @param model the model
 * @param prompts how its roles read the prompt of a row; nothing for the text as it is, special tokens in it meant
 * @param conversations how its roles read {@code messages}
 * @param system what the system's message says where a row has none
 * @param steering the weights of its pairs where a row names none
 */
public record BatchModel(
        String name,
        LanguageModel model,
        Optional<PromptFormats> prompts,
        PromptFormats conversations,
        Optional<String> system,
        Steering steering) {

    /** Read prompts as they are, and conversations by the roles' own templates, at α = 1. */
    public static BatchModel of(String name, LanguageModel model) {
        return new BatchModel(
                name, model, Optional.empty(), PromptFormats.auto(model), Optional.empty(), Steering.DEFAULT);
    }

    Prompt prompt(Conversation conversation) {
        boolean lacks = conversation.messages().stream()
                .noneMatch(message -> message.role().equals("system"));
        if (system.isEmpty() || !lacks) {
            return model.tokenize(conversations.format(conversation));
        }
        List<Message> messages = new ArrayList<>(List.of(Message.system(system.get())));
        messages.addAll(conversation.messages());
        return model.tokenize(conversations.format(Conversation.of(messages).withVariables(conversation.variables())));
    }

    Prompt prompt(String text) {
        if (prompts.isEmpty()) {
            return model.tokenize(PromptText.of(text));
        }
        List<Message> messages = new ArrayList<>();
        system.ifPresent(said -> messages.add(Message.system(said)));
        messages.add(Message.user(text));
        return model.tokenize(prompts.get().format(Conversation.of(messages).withPlainText(text)));
    }

    int pairs() {
        return model instanceof ProxyTunedModel trio ? trio.pairs().size() : 0;
    }
}
