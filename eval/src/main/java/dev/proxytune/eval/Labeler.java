package dev.proxytune.eval;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Add to rows what their scores need: a judge's verdict, or how generated code ended. Safe for use by several threads. */
public interface Labeler extends AutoCloseable {

    /** Return the names of the fields that it may add. */
    Set<String> fields();

    /** Return whether a row needs a label. */
    boolean lacks(Row row);

    /**
     * Return the fields of a row's label.
     *
     * @return nothing, or not all of them, if no label can be had now
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    Map<String, @Nullable Object> label(Row row) throws InterruptedException;

    /** Return what a user should know, such as how many rows got no label. */
    List<String> notes();

    @Override
    void close();
}
