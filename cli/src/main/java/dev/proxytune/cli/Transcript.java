package dev.proxytune.cli;

import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Keeps a conversation, and which of its turns the models still read. A turn begins with a user's message. */
final class Transcript {
    private static final String SYSTEM = "system";
    private static final String USER = "user";

    /** Marks an answer that Ctrl-C stopped. */
    private static final String INTERRUPTED = "interrupted";

    private Conversation conversation = Conversation.of();
    private int forgotten;

    /** Return all that was said. */
    Conversation whole() {
        return conversation;
    }

    /** Return what the models read: all that was said but for the turns that are forgotten. */
    Conversation read() {
        List<Integer> starts = starts();
        if (forgotten == 0 || starts.isEmpty()) {
            return conversation;
        }
        List<Message> messages = conversation.messages();
        List<Message> kept = new ArrayList<>(messages.subList(0, starts.getFirst()));
        kept.addAll(messages.subList(starts.get(forgotten), messages.size()));
        return with(kept);
    }

    /** Let the models read one turn less; return false if only the last is left. */
    boolean forget() {
        if (forgotten + 1 >= starts().size()) {
            return false;
        }
        forgotten++;
        return true;
    }

    Optional<String> system() {
        return conversation.messages().stream()
                .findFirst()
                .filter(message -> message.role().equals(SYSTEM))
                .map(Message::content);
    }

    void setSystem(Optional<String> text) {
        List<Message> messages = new ArrayList<>();
        text.ifPresent(content -> messages.add(Message.system(content)));
        messages.addAll(conversation.messages().subList(system().isPresent() ? 1 : 0, size()));
        conversation = with(messages);
    }

    void ask(String question) {
        conversation = conversation.plus(Message.user(question));
    }

    void answer(String text, boolean interrupted) {
        conversation = conversation.plus(
                interrupted ? new Message("assistant", text, Map.of(INTERRUPTED, true)) : Message.assistant(text));
    }

    Optional<String> lastQuestion() {
        List<Integer> starts = starts();
        return starts.isEmpty()
                ? Optional.empty()
                : Optional.of(conversation.messages().get(starts.getLast()).content());
    }

    /** Return whether the last message is not a question. */
    boolean isAnswered() {
        return size() == 0 || !conversation.messages().getLast().role().equals(USER);
    }

    /** Drop the last turn; return false if there is none. */
    boolean undo() {
        List<Integer> starts = starts();
        if (starts.isEmpty()) {
            return false;
        }
        conversation = with(conversation.messages().subList(0, starts.getLast()));
        forgotten = Math.min(forgotten, Math.max(starts.size() - 2, 0));
        return true;
    }

    /** Drop all turns. */
    void clear() {
        Optional<String> system = system();
        replace(Conversation.of().withVariables(conversation.variables()));
        setSystem(system);
    }

    void replace(Conversation value) {
        conversation = value;
        forgotten = 0;
    }

    int turns() {
        return starts().size();
    }

    private int size() {
        return conversation.messages().size();
    }

    private List<Integer> starts() {
        return IntStream.range(0, size())
                .filter(index -> conversation.messages().get(index).role().equals(USER))
                .boxed()
                .toList();
    }

    private Conversation with(List<Message> messages) {
        return Conversation.of(messages).withVariables(conversation.variables());
    }
}
