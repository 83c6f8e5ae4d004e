package dev.proxytune.report;

import dev.proxytune.eval.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Hold a file of predictions as a user named it.
 *
 * @param file the file
 * @param task the task that was named with it
 * @param role the system that was named with it
 */
public record NamedFile(Path file, Optional<Task> task, Optional<SystemRole> role) {

    /** Read a name of the form {@code FILE} or {@code TASK:FILE}. */
    public static NamedFile of(String text, Optional<SystemRole> role) {
        int colon = text.indexOf(':');
        if (colon > 0 && !Files.exists(Path.of(text))) {
            Optional<Task> task = Task.all().stream()
                    .filter(each -> each.name().equals(text.substring(0, colon)))
                    .findFirst();
            if (task.isPresent()) {
                return new NamedFile(Path.of(text.substring(colon + 1)), task, role);
            }
        }
        return new NamedFile(Path.of(text), Optional.empty(), role);
    }
}
