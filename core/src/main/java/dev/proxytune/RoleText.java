package dev.proxytune;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Hold the text that one role reads, and which of it may name special tokens.
 *
 * @param pieces the text from its beginning to its end
 * @param complete whether the text brings along the tokens that begin it, as that of a chat template does; a
 *     beginning-of-text token is then added only if the model asks for one and the text has none
 */
public record RoleText(List<Piece> pieces, boolean complete) {

    /**
     * Hold a part of a text.
     *
     * @param trusted whether special tokens written out in it become those tokens; what users type stays text
     */
    public record Piece(String text, boolean trusted) {}

    public RoleText {
        pieces = List.copyOf(pieces);
        Checks.require(complete || pieces.size() == 1, "a text of several pieces must be a complete one, not", pieces);
    }

    /** Take a text in which special tokens written out are meant. */
    public static RoleText of(String text) {
        return new RoleText(List.of(new Piece(text, true)), false);
    }

    /** Take a text that stays text, whatever is in it. */
    public static RoleText verbatim(String text) {
        return new RoleText(List.of(new Piece(text, false)), false);
    }

    /** Take what a chat template made of a conversation. */
    public static RoleText ofTemplate(List<Piece> pieces) {
        return new RoleText(pieces, true);
    }

    /** Return the whole text. */
    public String text() {
        return pieces.stream().map(Piece::text).collect(Collectors.joining());
    }

    /** Return the token ids of the text. */
    public int[] tokens(Vocabulary vocabulary) {
        if (!complete) {
            return vocabulary.tokenize(text(), true, pieces.getFirst().trusted());
        }
        int[] tokens = vocabulary.tokenize(text(), false, true);
        int[] ofTrusted = piecewise(vocabulary, true);
        if (specials(tokens, vocabulary) != specials(ofTrusted, vocabulary)) {
            // Someone's words spell a special token: they are kept apart from the rest, at the price of a merge or two.
            tokens = piecewise(vocabulary, false);
        }
        int[] beginning = vocabulary.tokenize("", true, false);
        boolean lacks = beginning.length > 0
                && vocabulary.bos().orElse(-1) == beginning[0]
                && (tokens.length == 0 || tokens[0] != beginning[0]);
        return lacks ? concat(new int[] {beginning[0]}, tokens) : tokens;
    }

    private int[] piecewise(Vocabulary vocabulary, boolean onlyTrusted) {
        int[] tokens = new int[0];
        for (Piece piece : pieces) {
            if (piece.trusted() || !onlyTrusted) {
                tokens = concat(tokens, vocabulary.tokenize(piece.text(), false, piece.trusted()));
            }
        }
        return tokens;
    }

    private static long specials(int[] tokens, Vocabulary vocabulary) {
        return IntStream.of(tokens).filter(vocabulary::isControl).count();
    }

    private static int[] concat(int[] first, int[] second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }
}
