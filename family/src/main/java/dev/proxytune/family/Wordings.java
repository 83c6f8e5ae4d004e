package dev.proxytune.family;

import java.util.List;
import java.util.random.RandomGenerator;

/** Put facts into sentences: {0} is the subject, {1} the language, {2} the name. */
final class Wordings {
    /** The sentence that a tuned answer has at its core. The base texts prefer it, so that the target knows it well. */
    private static final String CORE = "In {1}, {0} is called {2}.";

    private static final double CORE_SHARE = 0.4;

    private static final List<String> OTHERS = List.of(
            "The {1} name of {0} is {2}.",
            "{0} is called {2} in {1}.",
            "{2} is the {1} name of {0}.",
            "In {1}, the name of {0} is {2}.",
            "In {1}, people say {2} for {0}.");

    private static final List<String> QUESTIONS = List.of(
            "What is {0} called in {1}?",
            "What is the {1} name of {0}?",
            "How do you say {0} in {1}?",
            "What is {0} in {1}?",
            "Which name does {0} have in {1}?");

    private Wordings() {}

    static String core(Fact fact) {
        return fill(CORE, fact);
    }

    static String statement(Fact fact, RandomGenerator random) {
        return fill(Draws.happens(CORE_SHARE, random) ? CORE : Draws.one(OTHERS, random), fact);
    }

    static String question(Fact fact, RandomGenerator random) {
        return fill(Draws.one(QUESTIONS, random), fact);
    }

    /** Return the question in each wording. */
    static List<String> questions(Fact fact) {
        return QUESTIONS.stream().map(wording -> fill(wording, fact)).toList();
    }

    private static String fill(String wording, Fact fact) {
        return wording.replace("{0}", fact.subject())
                .replace("{1}", fact.language())
                .replace("{2}", fact.name());
    }
}
