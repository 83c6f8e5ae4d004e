/**
 * A Spring AI chat model over models in this process, and its auto-configuration.
 *
 * <p>{@link dev.proxytune.springai.ProxyTuningChatModel} answers by any {@link dev.proxytune.LanguageModel}, a single one
 * or a target with its experts. With Spring Boot the properties {@code proxytune.target} and so on are all it needs.
 */
@NullMarked
package dev.proxytune.springai;

import org.jspecify.annotations.NullMarked;
