package dev.proxytune.report;

import dev.proxytune.eval.Task;
import dev.proxytune.eval.TaskScore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Hold what is read of one file of predictions.
 *
 * @param file the file as the user named it
 * @param task what it answers
 * @param role which system answered
 * @param toldBy how the role is known, for readers
 * @param alpha the weight of the experts, where it is known and one number
 * @param models what settings tell of the models, or nothing
 * @param conditions all that the answers depend on but the weight, as one text
 * @param score what the answers are worth
 * @param tokens how the experts moved their tokens; nothing if the file has no trace
 * @param notes what a reader must know
 */
record SystemFile(
        Path file,
        Task task,
        SystemRole role,
        String toldBy,
        OptionalDouble alpha,
        String models,
        String conditions,
        TaskScore score,
        Optional<TokenStatistics> tokens,
        List<String> notes) {

    SystemFile {
        notes = List.copyOf(notes);
    }

    /** Return the same answers in another role. */
    SystemFile as(SystemRole other, String knownBy) {
        return new SystemFile(
                file,
                task,
                other,
                knownBy,
                OptionalDouble.empty(),
                models,
                conditions,
                score,
                Optional.empty(),
                List.of());
    }

    /** Return the system's name in tables. */
    String label() {
        return role == SystemRole.PROXY && alpha.isPresent()
                ? role.label() + ", α = " + Numbers.plain(alpha.getAsDouble())
                : role.label();
    }
}
