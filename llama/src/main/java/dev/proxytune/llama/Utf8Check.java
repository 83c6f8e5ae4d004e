package dev.proxytune.llama;

/**
 * Check UTF-8 that comes in parts.
 *
 * <p>A state says what may follow: {@link #BOUNDARY} between characters, {@link #WRONG} after what cannot be, others
 * within a character.
 */
final class Utf8Check {
    static final int WRONG = -1;
    static final int BOUNDARY = 0;

    /** States 1 to 3: so many continuation bytes are missing. The others are stricter about the first of them. */
    private static final int AFTER_E0 = 4;

    private static final int AFTER_ED = 5;
    private static final int AFTER_F0 = 6;
    private static final int AFTER_F4 = 7;

    private Utf8Check() {}

    /** Return the state after some bytes. */
    static int advance(int state, byte[] bytes) {
        int now = state;
        for (int i = 0; i < bytes.length && now != WRONG; i++) {
            now = advance(now, bytes[i] & 0xFF);
        }
        return now;
    }

    private static int advance(int state, int next) {
        return switch (state) {
            case BOUNDARY -> first(next);
            case 1, 2, 3 -> within(next, 0x80, 0xBF, state - 1);
            case AFTER_E0 -> within(next, 0xA0, 0xBF, 1);
            case AFTER_ED -> within(next, 0x80, 0x9F, 1);
            case AFTER_F0 -> within(next, 0x90, 0xBF, 2);
            case AFTER_F4 -> within(next, 0x80, 0x8F, 2);
            default -> WRONG;
        };
    }

    private static int first(int next) {
        if (next < 0x80) {
            return BOUNDARY;
        }
        return switch (next) {
            case 0xE0 -> AFTER_E0;
            case 0xED -> AFTER_ED;
            case 0xF0 -> AFTER_F0;
            case 0xF4 -> AFTER_F4;
            default -> next < 0xC2 ? WRONG : next < 0xE0 ? 1 : next < 0xF0 ? 2 : next < 0xF4 ? 3 : WRONG;
        };
    }

    private static int within(int next, int from, int to, int then) {
        return next >= from && next <= to ? then : WRONG;
    }
}
