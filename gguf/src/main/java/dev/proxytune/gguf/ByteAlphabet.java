package dev.proxytune.gguf;

/** The alphabet of GPT-2, in which byte-level vocabularies write every byte as one visible character. */
public final class ByteAlphabet {
    /** Number of bytes there are. */
    public static final int SIZE = 256;

    private static final String LETTERS = letters();

    private ByteAlphabet() {}

    private static String letters() {
        var letters = new StringBuilder(SIZE);
        int shifted = 0;
        for (int value = 0; value < SIZE; value++) {
            letters.append((char) (isPrintable(value) ? value : SIZE + shifted));
            shifted += isPrintable(value) ? 0 : 1;
        }
        return letters.toString();
    }

    private static boolean isPrintable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xa1 && value != 0xad);
    }

    /**
     * Return the character that stands for a byte.
     *
     * @param value 0 to 255
     */
    public static char letter(int value) {
        return LETTERS.charAt(value);
    }
}
