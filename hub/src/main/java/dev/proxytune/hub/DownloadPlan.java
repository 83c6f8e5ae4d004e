package dev.proxytune.hub;

/**
 * Say how a file is fetched.
 *
 * @param connections how many connections fetch parts of a large file at the same time
 * @param segmentBytes how much each of them fetches at once; twice that for each connection is held in memory
 * @param threshold how much must be left of a file to be worth more than one connection
 */
record DownloadPlan(int connections, int segmentBytes, long threshold) {
    static final int MOST_CONNECTIONS = 16;
    static final DownloadPlan DEFAULT = new DownloadPlan(4, 8 << 20, 64L << 20);

    DownloadPlan {
        if (connections < 1 || connections > MOST_CONNECTIONS) {
            throw new IllegalArgumentException(
                    "connections must be from 1 to " + MOST_CONNECTIONS + ", got: " + connections);
        }
        if (segmentBytes < 1 || threshold < 0) {
            throw new IllegalArgumentException("A segment needs a byte, and a threshold must not be negative");
        }
    }

    DownloadPlan withConnections(int count) {
        return new DownloadPlan(count, segmentBytes, threshold);
    }

    boolean isWorthMore(long left) {
        return connections > 1 && left >= threshold && left > segmentBytes;
    }
}
