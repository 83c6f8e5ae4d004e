package dev.proxytune.hub;

/**
 * Hear how a download goes. Calls come one at a time, but not all from one thread.
 *
 * <p>Each file is started, told about some times, and ended; a file that is in the cache already is only ended.
 */
public interface PullListener {

    /** A listener that hears nothing. */
    PullListener NONE = new PullListener() {};

    /**
     * Begin a file.
     *
     * @param file its path in the repository
     * @param bytes its size
     * @param there how many bytes of it an earlier download has left, which are not fetched again
     */
    default void onStart(String file, long bytes, long there) {}

    /** Tell how many bytes of the file are here, those of earlier downloads included. It may become less. */
    default void onProgress(long done) {}

    /** Tell, before the end of a file, that the hub has told no hash of it, so that only its size was checked. */
    default void onUnhashed(String file) {}

    /** End a file: it is complete, checked, and in the cache. */
    default void onEnd(String file, long bytes) {}

    /** Say something that a person may want to know, such as that the hub asks to wait. */
    default void onNotice(String line) {}
}
