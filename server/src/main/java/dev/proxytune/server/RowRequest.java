package dev.proxytune.server;

import dev.proxytune.openai.ApiError;
import dev.proxytune.openai.ApiException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Hold what a client asks rows with; see docs/split.md for the bytes. */
final class RowRequest {
    static final int HEADER = 20;
    static final int VERSION = 1;
    private static final int MAGIC = 'P' | 'T' << 8 | 'R' << 16 | 'Q' << 24;

    private final String model;
    private final int valueBytes;
    private final int top;
    private final int rows;
    private final int[] tokens;

    private RowRequest(String model, int valueBytes, int top, int rows, int[] tokens) {
        this.model = model;
        this.valueBytes = valueBytes;
        this.top = top;
        this.rows = rows;
        this.tokens = tokens;
    }

    /**
     * Read a body.
     *
     * @throws ApiException if it is no such request; what only the model knows is not checked
     */
    static RowRequest read(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        require(
                body.length >= HEADER && in.getInt() == MAGIC,
                "The body is no request for rows: it must begin with PTRQ");
        int version = Byte.toUnsignedInt(in.get());
        require(version == VERSION, "The request is of version " + version + "; this server knows version " + VERSION);
        int valueBytes = in.get();
        require(
                valueBytes == Short.BYTES || valueBytes == Float.BYTES,
                "A value must have 2 bytes or 4, got: " + valueBytes);
        int nameLength = Short.toUnsignedInt(in.getShort());
        int top = in.getInt();
        int rows = in.getInt();
        int count = in.getInt();
        require(top >= 0, "The number of tokens of a row must be 0 or more, got: " + Integer.toUnsignedString(top));
        require(count > 0, "The number of tokens must be 1 or more, got: " + Integer.toUnsignedString(count));
        require(
                rows > 0 && rows <= count,
                "The number of rows must be from 1 to that of the tokens, " + count + ", got: "
                        + Integer.toUnsignedString(rows));
        long length = HEADER + nameLength + (long) count * Integer.BYTES;
        require(
                body.length == length,
                "The body has " + body.length + " bytes; its header says that there are " + length);
        var name = new String(body, HEADER, nameLength, StandardCharsets.UTF_8);
        int[] tokens = new int[count];
        in.position(HEADER + nameLength);
        in.asIntBuffer().get(tokens);
        return new RowRequest(name, valueBytes, top, rows, tokens);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw ApiError.badRequest(message);
        }
    }

    /**
     * Check what the model knows.
     *
     * @throws ApiException if a token is none of its own, or there are more tokens or rows than it takes
     */
    void check(int vocabularySize, int contextLength, int mostRows) {
        for (int place = 0; place < tokens.length; place++) {
            require(
                    tokens[place] >= 0 && tokens[place] < vocabularySize,
                    "Token " + place + " must be from 0 to " + (vocabularySize - 1) + ", got: " + tokens[place]);
        }
        require(
                tokens.length <= contextLength,
                "The request has " + tokens.length + " tokens, and the context holds " + contextLength);
        require(rows <= mostRows, "A request may ask for " + mostRows + " rows, got: " + rows);
    }

    /** Return the name of the model, if there is one. */
    Optional<String> model() {
        return model.isEmpty() ? Optional.empty() : Optional.of(model);
    }

    /** Return how many bytes each value has, 2 or 4. */
    int valueBytes() {
        return valueBytes;
    }

    /** Return how many of the likeliest tokens of each row are wanted, 0 for all. */
    int top() {
        return top;
    }

    /** Return how many rows are wanted: those after the last tokens. */
    int rows() {
        return rows;
    }

    /** Return the tokens, not a copy. */
    int[] tokens() {
        return tokens;
    }
}
