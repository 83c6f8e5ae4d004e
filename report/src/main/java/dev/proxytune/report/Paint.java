package dev.proxytune.report;

import java.util.Locale;

/**
 * Name the colors of figures. Series have those of Okabe and Ito's palette, which readers without red or green can tell
 * apart, in shades that stand out from a light and from a dark ground.
 */
enum Paint {
    GROUND("#ffffff", "#14171c"),
    INK("#1c2128", "#e6e9ee"),
    MUTED("#59626e", "#9aa4b2"),
    GRID("#e3e6ea", "#2b313a"),
    GRAY("#79818c", "#a3adba"),
    BLUE("#0072b2", "#56b4e9"),
    GREEN("#00805e", "#2fc79a"),
    ORANGE("#c95500", "#f0a03c"),
    PURPLE("#a3487f", "#d98fbc");

    private final String light;
    private final String dark;

    Paint(String light, String dark) {
        this.light = light;
        this.dark = dark;
    }

    String color(Theme theme) {
        return theme == Theme.DARK ? dark : light;
    }

    /** Return the class of elements that are filled, or drawn, with it. */
    String style(boolean filled) {
        return (filled ? "f-" : "s-") + name().toLowerCase(Locale.ROOT);
    }

    /** Return rules that turn figures drawn in light into dark ones. */
    static String darkRules() {
        var rules = new StringBuilder();
        for (Paint paint : values()) {
            rules.append('.')
                    .append(paint.style(true))
                    .append("{fill:")
                    .append(paint.dark)
                    .append("}");
            rules.append('.')
                    .append(paint.style(false))
                    .append("{stroke:")
                    .append(paint.dark)
                    .append("}");
        }
        return rules.toString();
    }

    static Paint of(SystemRole role) {
        return switch (role) {
            case BASE -> GRAY;
            case PROXY -> BLUE;
            case EXPERT -> GREEN;
            case TUNED -> ORANGE;
        };
    }
}
