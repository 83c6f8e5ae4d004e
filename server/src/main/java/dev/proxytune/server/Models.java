package dev.proxytune.server;

import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds models by the names that clients use. */
final class Models {
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final List<ModelHost> hosts;

    /** Name a voice of a model. */
    record Entry(String name, ModelHost host, Voice voice) {}

    Models(List<ModelHost> hosts) {
        this.hosts = List.copyOf(hosts);
        if (hosts.isEmpty()) {
            throw new IllegalArgumentException("A server needs a model");
        }
        for (ModelHost host : hosts) {
            for (Voice voice : Voice.values()) {
                if (host.served().roles().contains(voice)) {
                    add(new Entry(host.name() + voice.suffix(), host, voice));
                }
            }
        }
    }

    private void add(Entry entry) {
        if (entries.put(entry.name(), entry) != null) {
            throw new IllegalArgumentException("Two models are called " + entry.name());
        }
    }

    List<ModelHost> hosts() {
        return hosts;
    }

    List<Entry> all() {
        return new ArrayList<>(entries.values());
    }

    /**
     * Find a model.
     *
     * @param name its name, nothing for the first one
     * @throws ApiException if there is none of that name
     */
    Entry get(Optional<String> name) {
        if (name.isEmpty()) {
            return entries.values().iterator().next();
        }
        Entry found = entries.get(name.get());
        if (found == null) {
            String text = name.get();
            throw ApiError.notFound(
                    "There is no model '" + (text.length() > 100 ? text.substring(0, 100) + "..." : text)
                            + "'; there are: " + String.join(", ", entries.keySet()),
                    "model_not_found");
        }
        return found;
    }
}
