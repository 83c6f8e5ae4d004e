package dev.proxytune.llama;

import dev.proxytune.ConstraintException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Refuse grammars that llama.cpp cannot run, before it sees them.
 *
 * <p>It follows every rule that an answer may go on with until it comes to a character. A rule that comes back to
 * itself before that, with something behind it, would let it go on until the memory is full; a rule that leads nowhere
 * would end the process; and too many ways to the same place would take it forever.
 */
final class GbnfCheck {
    private static final long MOST_WAYS = 1_000_000;
    private static final int DEEPEST = 1000;

    private final GbnfRules grammar;
    private final boolean[] nullable;
    private final boolean[] begins;
    private final byte[] state;
    private final long[] ways;

    private GbnfCheck(GbnfRules grammar) {
        this.grammar = grammar;
        int count = grammar.rules().size();
        nullable = new boolean[count];
        begins = new boolean[count];
        state = new byte[count];
        ways = new long[count];
    }

    /**
     * Check a grammar.
     *
     * @throws ConstraintException if it cannot be run
     */
    static void check(GbnfRules grammar) {
        var check = new GbnfCheck(grammar);
        check.findNullable();
        check.findBeginnings();
        check.checkReach();
        check.checkRecursion();
        check.checkWays();
    }

    /** Find the rules that the empty text is an instance of. */
    private void findNullable() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int rule = grammar.rules().size() - 1; rule >= 0; rule--) {
                if (!nullable[rule] && alternatives(rule).stream().anyMatch(this::isNullable)) {
                    nullable[rule] = true;
                    changed = true;
                }
            }
        }
    }

    private boolean isNullable(int[] alternative) {
        return Arrays.stream(alternative).allMatch(symbol -> GbnfRules.isRule(symbol) && nullable[symbol]);
    }

    /** Find the rules that lead to a first character. */
    private void findBeginnings() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int rule = grammar.rules().size() - 1; rule >= 0; rule--) {
                if (!begins[rule] && alternatives(rule).stream().anyMatch(this::begins)) {
                    begins[rule] = true;
                    changed = true;
                }
            }
        }
    }

    private boolean begins(int[] alternative) {
        for (int symbol : alternative) {
            if (!GbnfRules.isRule(symbol) || begins[symbol]) {
                return true;
            }
            if (!nullable[symbol]) {
                return false;
            }
        }
        return false;
    }

    private void checkReach() {
        for (int rule = 0; rule < grammar.rules().size(); rule++) {
            if (!nullable[rule] && !begins[rule]) {
                throw new ConstraintException("The grammar's rule " + name(rule)
                        + " refers to nothing but itself, so it never begins: give it an alternative");
            }
        }
    }

    /**
     * Refuse rules that begin with themselves. Where nothing stands behind, and only what may be empty before, llama.cpp
     * copes; else it refuses them too, but not all of them.
     */
    private void checkRecursion() {
        int[] component = components();
        for (int rule = 0; rule < grammar.rules().size(); rule++) {
            for (int[] alternative : alternatives(rule)) {
                for (int i = 0; i < alternative.length && GbnfRules.isRule(alternative[i]); i++) {
                    if (i < alternative.length - 1 && component[alternative[i]] == component[rule]) {
                        throw recursive(rule);
                    }
                    if (!nullable[alternative[i]]) {
                        break;
                    }
                }
            }
        }
    }

    private ConstraintException recursive(int rule) {
        return new ConstraintException("The grammar's rule " + name(rule)
                + " can begin with itself (left recursion), or repeats what may be empty, which llama.cpp cannot follow:"
                + " write it as a repetition of what is not empty");
    }

    /** Return for each rule the number of the group of rules that all can begin with each other. */
    private int[] components() {
        // Tarjan's algorithm, with a stack of its own since chains of rules may be long.
        int count = grammar.rules().size();
        int[][] edges = new int[count][];
        for (int rule = 0; rule < count; rule++) {
            edges[rule] = firstRules(rule);
        }
        int[] component = new int[count];
        int[] index = new int[count];
        int[] low = new int[count];
        int[] next = new int[count];
        Arrays.fill(component, -1);
        var path = new ArrayList<Integer>();
        var open = new ArrayList<Integer>();
        int visited = 0;
        int components = 0;
        for (int start = 0; start < count; start++) {
            if (index[start] == 0) {
                path.add(start);
            }
            while (!path.isEmpty()) {
                int rule = path.getLast();
                if (index[rule] == 0) {
                    index[rule] = ++visited;
                    low[rule] = visited;
                    open.add(rule);
                }
                if (next[rule] < edges[rule].length) {
                    int to = edges[rule][next[rule]++];
                    if (index[to] == 0) {
                        path.add(to);
                    } else if (component[to] < 0) {
                        low[rule] = Math.min(low[rule], index[to]);
                    }
                    continue;
                }
                path.removeLast();
                if (!path.isEmpty()) {
                    low[path.getLast()] = Math.min(low[path.getLast()], low[rule]);
                }
                if (low[rule] == index[rule]) {
                    int member;
                    do {
                        member = open.removeLast();
                        component[member] = components;
                    } while (member != rule);
                    components++;
                }
            }
        }
        return component;
    }

    /** Return the rules that a rule can begin with. */
    private int[] firstRules(int rule) {
        var first = new ArrayList<Integer>();
        for (int[] alternative : alternatives(rule)) {
            for (int symbol : alternative) {
                if (!GbnfRules.isRule(symbol)) {
                    break;
                }
                first.add(symbol);
                if (!nullable[symbol]) {
                    break;
                }
            }
        }
        return first.stream().mapToInt(symbol -> symbol).toArray();
    }

    /** Count the ways from rules to first characters; llama.cpp goes them all, some by calling itself. */
    private void checkWays() {
        long sum = 0;
        for (int rule = 0; rule < grammar.rules().size(); rule++) {
            sum += ways(rule, 0);
            if (sum > 4 * MOST_WAYS || ways[rule] > MOST_WAYS) {
                throw new ConstraintException("The grammar's rule " + name(rule)
                        + " can begin in too many ways for llama.cpp: let its alternatives begin differently");
            }
        }
    }

    private long ways(int rule, int depth) {
        if (state[rule] == 2) {
            return ways[rule];
        }
        if (state[rule] == 1) {
            return 1;
        }
        if (depth > DEEPEST) {
            throw new ConstraintException("The grammar's rule " + name(rule) + " is reached through more than "
                    + DEEPEST + " rules that begin with each other: shorten the chain");
        }
        state[rule] = 1;
        long sum = 1;
        for (int first : firstRules(rule)) {
            sum = Math.min(sum + ways(first, depth + 1), 2 * MOST_WAYS);
        }
        ways[rule] = sum;
        state[rule] = 2;
        return sum;
    }

    private List<int[]> alternatives(int rule) {
        return grammar.rules().get(rule);
    }

    private String name(int rule) {
        return grammar.names().get(rule);
    }
}
