package dev.proxytune.convert;

import dev.proxytune.gguf.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;

/** The templates that make a text of a conversation. */
final class ChatTemplates {
    private static final String KEY = "tokenizer.chat_template";
    private static final String MEMBER = "chat_template";

    private ChatTemplates() {}

    /** Put the templates of a folder: those of the tokenizer's configuration, or else of a file of their own. */
    static void describe(Path folder, JsonObject config, Metadata.Builder metadata) {
        if (config.isList(MEMBER)) {
            putNamed(config, metadata);
        } else {
            config.stringIfAny(MEMBER)
                    .or(() -> text(folder.resolve("chat_template.jinja")))
                    .or(() -> JsonObject.readIfPresent(folder.resolve("chat_template.json"))
                            .flatMap(file -> file.stringIfAny(MEMBER)))
                    .ifPresent(template -> metadata.put(KEY, template));
        }
    }

    private static void putNamed(JsonObject config, Metadata.Builder metadata) {
        var names = new ArrayList<String>();
        for (var choice : config.objectList(MEMBER)) {
            String name = choice.string("name").orElse("").replaceAll("[^A-Za-z0-9]", "_");
            var template = choice.string("template");
            if (name.isEmpty() || template.isEmpty()) {
                continue;
            }
            if (name.equals("default")) {
                metadata.put(KEY, template.get());
            } else {
                metadata.put(KEY + "." + name, template.get());
                names.add(name);
            }
        }
        if (!names.isEmpty()) {
            metadata.putStrings("tokenizer.chat_templates", names);
        }
    }

    private static Optional<String> text(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            throw Fault.unreadable(file, e);
        }
    }
}
