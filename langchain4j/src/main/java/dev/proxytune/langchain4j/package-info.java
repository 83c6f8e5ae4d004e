/**
 * LangChain4j's chat models over models in this process.
 *
 * <p>{@link dev.proxytune.langchain4j.ProxyTuningChatModel} and {@link
 * dev.proxytune.langchain4j.ProxyTuningStreamingChatModel} answer by any {@link dev.proxytune.LanguageModel}, a single
 * one or a target with its experts. Requests of many threads share one running batch.
 */
@NullMarked
package dev.proxytune.langchain4j;

import org.jspecify.annotations.NullMarked;
