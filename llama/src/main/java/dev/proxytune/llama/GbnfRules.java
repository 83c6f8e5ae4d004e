package dev.proxytune.llama;

import java.util.List;

/**
 * Hold the shape of a grammar: what refers to what, without the characters.
 *
 * <p>The rules are those that llama.cpp makes of the text, with rules of their own for groups and repetitions.
 *
 * @param rules the rules; an alternative is a list of symbols: from 0 up the number of a rule, below 0
 *     characters
 * @param names the rules' names; of those made for groups and repetitions, the name of the rule that they are part of
 * @param root the number of the rule that is the answer
 */
record GbnfRules(List<List<int[]>> rules, List<String> names, int root) {

    GbnfRules {
        rules = List.copyOf(rules);
        names = List.copyOf(names);
    }

    static boolean isRule(int symbol) {
        return symbol >= 0;
    }
}
