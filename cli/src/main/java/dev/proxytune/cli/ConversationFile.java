package dev.proxytune.cli;

import dev.proxytune.PartialFile;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keeps conversations as JSON: what {@code proxytune template --input} reads too. */
final class ConversationFile {
    private static final String MESSAGES = "messages";
    private static final String ROLE = "role";
    private static final String CONTENT = "content";

    /** What the models say themselves. */
    private static final Set<String> OF_MODELS =
            Set.of("add_generation_prompt", "bos_token", "eos_token", "unk_token", "pad_token");

    private ConversationFile() {}

    /**
     * Read a conversation.
     *
     * @throws InputException if the file cannot be read, or holds none
     */
    static Conversation read(Path file, Console console) {
        Map<String, Object> object = Json.conversation(Inputs.text(file, "conversation", console), file.toString());
        if (!(object.get(MESSAGES) instanceof List<?> messages)) {
            throw new InputException(file + ": the JSON object has no list 'messages'");
        }
        List<Message> read = new ArrayList<>();
        for (Object message : messages) {
            read.add(message(message, file + ": message " + (read.size() + 1)));
        }
        Map<String, @Nullable Object> variables = new LinkedHashMap<>(object);
        variables.remove(MESSAGES);
        variables.keySet().removeAll(OF_MODELS);
        return Conversation.of(read).withVariables(variables);
    }

    private static Message message(@Nullable Object message, String place) {
        if (!(message instanceof Map<?, ?> fields)) {
            throw new InputException(place + " is no JSON object");
        }
        if (!(fields.get(ROLE) instanceof String role) || role.isEmpty()) {
            throw new InputException(place + " has no 'role', such as \"user\"");
        }
        if (!(fields.get(CONTENT) instanceof String content)) {
            throw new InputException(place + " has no 'content' that is a text");
        }
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        fields.forEach((key, value) -> more.put(String.valueOf(key), value));
        more.remove(ROLE);
        more.remove(CONTENT);
        return new Message(role, content, more);
    }

    /**
     * Write a conversation.
     *
     * @param replace whether a file that is there is replaced
     * @throws InputException if the file is there and is not to be replaced, or cannot be written; it is then as before
     */
    static void write(Conversation conversation, Path file, boolean replace) {
        if (Files.isDirectory(file)) {
            throw new InputException(file + " is a folder");
        }
        try (var partial = new PartialFile(file)) {
            if (!replace && Files.exists(file)) {
                throw new FileAlreadyExistsException(file.toString());
            }
            Files.writeString(partial.path(), Json.line(object(conversation)));
            partial.complete(replace);
        } catch (FileAlreadyExistsException e) {
            throw new InputException(file + " is there already; /save --force " + file + " replaces it", e);
        } catch (NoSuchFileException e) {
            throw new InputException(file + " cannot be written: its folder does not exist", e);
        } catch (IOException e) {
            throw new InputException(file + " cannot be written: " + PartialFile.reason(e), e);
        }
    }

    private static Map<String, @Nullable Object> object(Conversation conversation) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put(
                MESSAGES,
                conversation.messages().stream().map(ConversationFile::object).toList());
        object.putAll(conversation.variables());
        return object;
    }

    private static Map<String, @Nullable Object> object(Message message) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put(ROLE, message.role());
        fields.put(CONTENT, message.content());
        fields.putAll(message.more());
        return fields;
    }
}
