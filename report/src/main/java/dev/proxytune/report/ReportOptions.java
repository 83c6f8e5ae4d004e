package dev.proxytune.report;

import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import java.util.Optional;

/**
 * Say how a report is made.
 *
 * @param title of the page
 * @param task the task of files that have no settings beside them
 * @param score how files are scored, and intervals made
 * @param least how often a token must occur to be told of, 2 or more
 * @param most how many tokens are told of, 1 to 100
 */
public record ReportOptions(String title, Optional<Task> task, ScoreOptions score, int least, int most) {
    /** What the command line takes. */
    public static final ReportOptions DEFAULT =
            new ReportOptions("Proxy-tuning report", Optional.empty(), ScoreOptions.DEFAULT, 100, 15);

    public ReportOptions {
        if (least < 2) {
            throw new IllegalArgumentException("a token must occur at least twice to be told of, got: " + least);
        }
        if (most < 1 || most > 100) {
            throw new IllegalArgumentException("the number of tokens must be from 1 to 100, got: " + most);
        }
    }

    public ReportOptions withTitle(String value) {
        return new ReportOptions(value, task, score, least, most);
    }

    public ReportOptions withTask(Task value) {
        return new ReportOptions(title, Optional.of(value), score, least, most);
    }

    public ReportOptions withScore(ScoreOptions value) {
        return new ReportOptions(title, task, value, least, most);
    }

    public ReportOptions withLeast(int value) {
        return new ReportOptions(title, task, score, value, most);
    }

    public ReportOptions withMost(int value) {
        return new ReportOptions(title, task, score, least, value);
    }
}
