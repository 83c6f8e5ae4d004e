package dev.proxytune;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Turn the bytes of one token after another into text, keeping back a character that is not complete yet. */
final class Utf8Stream {
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] incomplete = new byte[0];

    /** Return the characters that the bytes complete; malformed ones become U+FFFD. */
    String add(byte[] bytes) {
        return decode(bytes, false);
    }

    /** Return U+FFFD if a character was left incomplete, else nothing. */
    String finish() {
        return decode(new byte[0], true);
    }

    private String decode(byte[] bytes, boolean end) {
        ByteBuffer in = ByteBuffer.allocate(incomplete.length + bytes.length)
                .put(incomplete)
                .put(bytes)
                .flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, end);
        if (end) {
            decoder.flush(out);
        }
        incomplete = new byte[in.remaining()];
        in.get(incomplete);
        return out.flip().toString();
    }
}
