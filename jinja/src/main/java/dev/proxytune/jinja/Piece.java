package dev.proxytune.jinja;

/**
 * A part of a rendered text with one origin.
 *
 * @param text the part, never empty
 * @param fromInput whether it came from the conversation, directly or by way of filters; such text must not be read as
 *     special tokens
 */
public record Piece(String text, boolean fromInput) {
    public Piece {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("a piece must not be empty");
        }
    }
}
