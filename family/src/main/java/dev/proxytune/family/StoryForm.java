package dev.proxytune.family;

import java.util.List;

/**
 * Hold the sentences of a kind of story with gaps in them.
 *
 * <p>Gaps are {n} and {m} for two names, {o} for what is counted, {a}, {b} and {c} for the numbers and the result,
 * {box}, {place}, {day} and {then} for the scenery. In the setup, one of [this|that] is chosen.
 */
record StoryForm(String setup, String ask, String outcome) {
    private static final String HAVE_NOW = "How many {o} does {n} have now?";
    private static final String HAS_NOW = "{n} has {c} {o} now.";
    private static final String HAVE_LEFT = "How many {o} does {n} have left?";
    private static final String HAS_LEFT = "{n} has {c} {o} left.";
    private static final String ARE_IN_ALL = "How many {o} are there in all?";
    private static final String THERE_IN_ALL = "There are {c} {o} in all.";

    private static final List<StoryForm> SUMS = List.of(
            new StoryForm("{n} has {a} {o}. {n} [finds|gets|buys|wins|makes|takes] {b} more.", HAVE_NOW, HAS_NOW),
            new StoryForm("{n} has {a} {o}. {m} [gives|brings|sends|sells] {n} {b} more[ {o}|].", HAVE_NOW, HAS_NOW),
            new StoryForm(
                    "There are {a} {o} [in the {box}|on the {place}]. {n} puts {b} more {o} there.",
                    "How many {o} are there now?",
                    "There are {c} {o} now."),
            new StoryForm(
                    "{n} has {a} {o} and {m} has {b} {o}.",
                    "How many {o} do {n} and {m} have together?",
                    "{n} and {m} have {c} {o} together."),
            new StoryForm(
                    "{n} has {a} {o}. {m} has {b}[ {o}|].",
                    "How many {o} do they have together?",
                    "They have {c} {o} together."),
            new StoryForm(
                    "{n} [buys|sells|counts|finds|makes] {a} {o} on {day} and {b} on {then}.",
                    "How many {o} does that make in all?",
                    "That makes {c} {o} in all."),
            new StoryForm("{a} {o} are on the {place} and {b} are in the {box}.", ARE_IN_ALL, THERE_IN_ALL));

    private static final List<StoryForm> DIFFERENCES = List.of(
            new StoryForm(
                    "{n} has {a} {o}. {n} [gives {b} to {m}|loses {b}|sells {b}|gives {b} away|sends {b} to {m}].",
                    HAVE_LEFT,
                    HAS_LEFT),
            new StoryForm("{n} has {a} {o}. {m} [takes|borrows|breaks|hides] {b} of them.", HAVE_LEFT, HAS_LEFT),
            new StoryForm(
                    "There are {a} {o} [in the {box}|on the {place}]. {n} takes {b} [away|of them|{o} away].",
                    "How many {o} are left?",
                    "There are {c} {o} left."),
            new StoryForm(
                    "{n} has {a} {o} and {m} has {b}[ {o}|].",
                    "How many more {o} does {n} have than {m}?",
                    "{n} has {c} more {o} than {m}."),
            new StoryForm(
                    "{n} [wants|needs] {a} {o} and has {b}.",
                    "How many {o} does {n} still need?",
                    "{n} still needs {c} {o}."),
            new StoryForm(
                    "{n} has {a} {o}. {b} of them are [red|old|small|broken|blue], the others are new.",
                    "How many {o} are new?",
                    "There are {c} new {o}."));

    private static final List<StoryForm> PRODUCTS = List.of(
            new StoryForm(
                    "{n} has {a} {box}s with {b} {o} each.",
                    "How many {o} does {n} have in all?",
                    "{n} has {c} {o} in all."),
            new StoryForm("There are {a} rows of {b} {o}.", ARE_IN_ALL, THERE_IN_ALL),
            new StoryForm(
                    "For {a} days {n} [buys|sells|finds|makes] {b} {o} a day.",
                    "How many {o} does that make in all?",
                    "That makes {c} {o} in all."),
            new StoryForm(
                    "{n} fills {a} {box}s and puts {b} {o} in each.",
                    "How many {o} does {n} need?",
                    "{n} needs {c} {o}."),
            new StoryForm(
                    "{a} [children|friends|players|neighbors|workers] have {b} {o} each.",
                    "How many {o} do they have in all?",
                    "They have {c} {o} in all."));

    static List<StoryForm> of(Operation operation) {
        return switch (operation) {
            case SUM -> SUMS;
            case DIFFERENCE -> DIFFERENCES;
            case PRODUCT -> PRODUCTS;
        };
    }
}
