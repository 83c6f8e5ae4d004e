package dev.proxytune.convert;

import dev.proxytune.InvalidModelException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Vocabulary of a {@code tokenizer.model} file of SentencePiece.
 *
 * <p>The file is a protocol buffer of which three fields matter: the pieces (1), the training settings (2) for the kind of
 * model (their field 3), and the normalizer (3) for the space put before a text (its field 3). A reader of so little is
 * smaller than the generated one.
 *
 * @param pieces the vocabulary, by token
 * @param isBytePair whether the scores are the order of merges, rather than log-probabilities
 * @param addsSpace whether a space is put before a text
 */
record SentencePieceModel(List<Piece> pieces, boolean isBytePair, boolean addsSpace) {
    private static final long LARGEST_FILE = 256L << 20;
    private static final int FIRST_BYTE = (1 << 3) | 2;
    private static final int BYTE_PAIR = 2;

    /** What a piece is for, in the order of the format's numbers from 1 on. */
    enum Kind {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    /**
     * One entry of the vocabulary.
     *
     * @param text the text, with spaces as U+2581
     * @param score the higher, the sooner the piece is made
     * @param kind what it is for
     */
    record Piece(String text, float score, Kind kind) {}

    /**
     * Read a file; empty if it is not of this format, as llama 3's file of that name.
     *
     * @throws InvalidModelException if it is damaged
     */
    static Optional<SentencePieceModel> read(Path file) {
        try {
            long size = Files.size(file);
            if (size > LARGEST_FILE) {
                throw Fault.of(file, "has " + size + " bytes", "take the tokenizer as it was published");
            }
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length == 0 || bytes[0] != FIRST_BYTE) {
                return Optional.empty();
            }
            return Optional.of(parse(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)));
        } catch (IOException e) {
            throw Fault.unreadable(file, e);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw Fault.of(file, "is not a SentencePiece model, or is cut short", Fault.DAMAGED, e);
        }
    }

    private static SentencePieceModel parse(ByteBuffer in) {
        var pieces = new ArrayList<Piece>();
        long kind = 1;
        long addsSpace = 1;
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            switch (tag) {
                case FIRST_BYTE -> pieces.add(piece(message(in)));
                case (2 << 3) | 2 -> kind = number(message(in), 3, kind);
                case (3 << 3) | 2 -> addsSpace = number(message(in), 3, addsSpace);
                default -> skip(in, tag);
            }
        }
        return new SentencePieceModel(List.copyOf(pieces), kind == BYTE_PAIR, addsSpace != 0);
    }

    private static Piece piece(ByteBuffer in) {
        String text = "";
        float score = 0;
        int kind = 1;
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            switch (tag) {
                case (1 << 3) | 2 ->
                    text = StandardCharsets.UTF_8.decode(message(in)).toString();
                case (2 << 3) | 5 -> score = in.getFloat();
                case 3 << 3 -> kind = (int) varint(in);
                default -> skip(in, tag);
            }
        }
        if (kind < 1 || kind > Kind.values().length) {
            throw new IllegalArgumentException("kind " + kind);
        }
        return new Piece(text, score, Kind.values()[kind - 1]);
    }

    /** Return the last value of a numeric field of a message. */
    private static long number(ByteBuffer in, int field, long absent) {
        long value = absent;
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            if (tag == field << 3) {
                value = varint(in);
            } else {
                skip(in, tag);
            }
        }
        return value;
    }

    private static ByteBuffer message(ByteBuffer in) {
        long length = varint(in);
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a part of " + length + " bytes");
        }
        var message = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) length);
        return message;
    }

    private static void skip(ByteBuffer in, int tag) {
        switch (tag & 7) {
            case 0 -> varint(in);
            case 1 -> in.getLong();
            case 2 -> message(in);
            case 5 -> in.getInt();
            default -> throw new IllegalArgumentException("wire type " + (tag & 7));
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 127) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }
}
