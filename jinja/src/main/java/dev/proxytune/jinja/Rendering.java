package dev.proxytune.jinja;

import java.util.List;

/**
 * A rendered text.
 *
 * @param text the whole text
 * @param pieces the text in parts by origin, in order; neighbors differ in origin
 */
public record Rendering(String text, List<Piece> pieces) {
    public Rendering {
        pieces = List.copyOf(pieces);
        if (!text.equals(String.join("", pieces.stream().map(Piece::text).toList()))) {
            throw new IllegalArgumentException("the pieces do not make the text");
        }
    }
}
