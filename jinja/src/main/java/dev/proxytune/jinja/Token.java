package dev.proxytune.jinja;

/**
 * A token of a template.
 *
 * @param kind what it is
 * @param text its text; of a string its content, of data the text to print
 * @param at where it starts in the source
 */
record Token(Kind kind, String text, int at) {
    enum Kind {
        DATA("text"),
        BLOCK_BEGIN("begin of statement block"),
        BLOCK_END("end of statement block"),
        VARIABLE_BEGIN("begin of print statement"),
        VARIABLE_END("end of print statement"),
        NAME("name"),
        STRING("string"),
        INTEGER("integer"),
        FLOAT("float"),
        OPERATOR("operator"),
        END("end of template");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    boolean is(Kind other) {
        return kind == other;
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    /** Return what messages call the token. */
    String label() {
        return switch (kind) {
            case NAME, OPERATOR -> "'" + text + "'";
            default -> kind.label;
        };
    }
}
