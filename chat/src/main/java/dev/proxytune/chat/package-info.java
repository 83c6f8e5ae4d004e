/**
 * Conversations and prompt formats.
 *
 * <p>In proxy-tuning each role may have its own way of reading the same conversation: a base model sees plain text, a
 * tuned expert the chat template that it was tuned with. A {@link dev.proxytune.chat.Conversation} is what is said, a
 * {@link dev.proxytune.chat.PromptFormat} is one way of reading it, and {@link dev.proxytune.chat.PromptFormats} holds
 * one for each role of a model.
 */
@NullMarked
package dev.proxytune.chat;

import org.jspecify.annotations.NullMarked;
