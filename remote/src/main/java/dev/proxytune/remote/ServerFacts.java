package dev.proxytune.remote;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Hold what a server tells of itself.
 *
 * @param protocol what it speaks
 * @param model what it calls the model that is asked, if it has a name for it
 * @param vocabularySize how many tokens its rows have
 * @param contextLength the longest text in tokens
 * @param mostRows how many rows one request may ask for
 * @param chatTemplate the Jinja template of its model
 */
record ServerFacts(
        Protocol protocol,
        Optional<String> model,
        OptionalInt vocabularySize,
        OptionalInt contextLength,
        OptionalInt mostRows,
        Optional<String> chatTemplate) {}
