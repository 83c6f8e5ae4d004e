package dev.proxytune;

import java.util.List;

/**
 * Pass text on up to a stop string, holding back what may yet become one.
 *
 * <p>The stop string that is complete first wins, and of those complete at once the one that starts first, however the
 * text is cut into tokens.
 */
final class StopScanner {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopScanner(List<String> stops) {
        this.stops = stops;
    }

    /** Return the text that is certain to belong to the answer. */
    String add(String text) {
        if (stopped) {
            return "";
        }
        held.append(text);
        int start = 0;
        int end = Integer.MAX_VALUE;
        for (String stop : stops) {
            int found = held.indexOf(stop);
            int foundEnd = found + stop.length();
            if (found >= 0 && (foundEnd < end || (foundEnd == end && found < start))) {
                start = found;
                end = foundEnd;
                stopped = true;
            }
        }
        return release(stopped ? start : held.length() - longestPrefixAtEnd());
    }

    /** Return the text held back for a stop string that did not come. */
    String finish() {
        return stopped ? "" : release(held.length());
    }

    boolean isStopped() {
        return stopped;
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }

    private int longestPrefixAtEnd() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
