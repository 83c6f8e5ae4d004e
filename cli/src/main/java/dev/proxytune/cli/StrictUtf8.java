package dev.proxytune.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Decode UTF-8 and take nothing else for it. */
final class StrictUtf8 {
    private StrictUtf8() {}

    /**
     * Return the text, byte for byte: a mark at the start or a line end at the end stays.
     *
     * @param name what to call the bytes in the message
     * @throws MalformedTextException if they are not UTF-8; the message tells the offset of the first wrong one
     */
    static String decode(byte[] bytes, String name) {
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new MalformedTextException(String.format(
                    "%s is not UTF-8: byte 0x%02x at offset %d; convert it, for example with iconv -t UTF-8",
                    name, in.get(in.position()), in.position()));
        }
        return out.flip().toString();
    }
}
