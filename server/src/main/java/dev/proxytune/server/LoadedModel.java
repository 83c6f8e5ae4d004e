package dev.proxytune.server;

import dev.proxytune.LanguageModel;
import dev.proxytune.chat.PromptFormats;

/**
 * Hold a model that is in memory.
 *
 * @param model the model, which the server closes
 * @param formats how its roles read conversations
 */
public record LoadedModel(LanguageModel model, PromptFormats formats) {}
