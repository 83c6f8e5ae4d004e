package dev.proxytune;

/** Report two models whose token ids do not mean the same texts, so that their logits cannot be combined. */
public final class VocabularyMismatchException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    public VocabularyMismatchException(String message) {
        super(message);
    }
}
