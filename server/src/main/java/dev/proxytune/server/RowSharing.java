package dev.proxytune.server;

/**
 * Let clients have a model's rows of logits, and bound how many.
 *
 * <p>Rows tell more of a model than texts do, so a server that shares any must know its clients by keys.
 *
 * @param rate how many rows a second each key gets on average, 0 for any number; ten seconds' worth may come at once
 */
public record RowSharing(int rate) {
    /** A thousand rows a second. */
    public static final RowSharing DEFAULT = new RowSharing(1000);

    public RowSharing {
        if (rate < 0) {
            throw new IllegalArgumentException("the number of rows a second must be 0 or more, got: " + rate);
        }
    }
}
