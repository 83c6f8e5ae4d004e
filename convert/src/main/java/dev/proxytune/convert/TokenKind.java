package dev.proxytune.convert;

/** What a token is for, with the numbers of the GGUF format. */
enum TokenKind {
    /** Text. */
    NORMAL(1),
    /** Whatever has no token. */
    UNKNOWN(2),
    /** Steers the model; never made from text unless asked for. */
    CONTROL(3),
    /** Text that is found before all other. */
    USER_DEFINED(4),
    /** Never made. */
    UNUSED(5),
    /** One byte of a character that has no token. */
    BYTE(6);

    private final int id;

    TokenKind(int id) {
        this.id = id;
    }

    int id() {
        return id;
    }
}
