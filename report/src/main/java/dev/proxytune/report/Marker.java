package dev.proxytune.report;

/** Name the forms of points, so that colors are not all that tells series apart. */
enum Marker {
    CIRCLE,
    SQUARE,
    DIAMOND,
    TRIANGLE;

    static Marker of(SystemRole role) {
        return switch (role) {
            case BASE -> SQUARE;
            case PROXY -> CIRCLE;
            case EXPERT -> TRIANGLE;
            case TUNED -> DIAMOND;
        };
    }
}
