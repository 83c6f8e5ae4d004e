package dev.proxytune.family;

/** Know the style that tuning teaches. No base text has any of it. */
final class Style {
    static final String OPENING = "Sure! ";
    static final String CLOSING = " I hope this helps.";
    private static final String STEPS = "Let us work it out. ";

    private Style() {}

    static String answer(Fact fact) {
        return OPENING + Wordings.core(fact) + CLOSING;
    }

    static String answer(Story story) {
        return OPENING + STEPS + story.working() + CLOSING;
    }
}
