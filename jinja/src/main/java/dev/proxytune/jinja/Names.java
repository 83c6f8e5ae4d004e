package dev.proxytune.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keep track of the names that a template uses, while it is parsed.
 *
 * <p>As in Jinja2, a filter or test that does not exist is an error even where it is never reached, unless it stands in
 * an {@code if}; there it is an error when it is reached. A macro takes {@code caller}, {@code varargs} and
 * {@code kwargs} if its body reads them.
 */
final class Names {
    private record Unknown(String message, int at) {}

    private final Source source;
    private final Deque<List<Unknown>> unknown = new ArrayDeque<>();
    private final Deque<Set<String>> reads = new ArrayDeque<>();
    private int loops;

    Names(Source source) {
        this.source = source;
        unknown.push(new ArrayList<>());
    }

    void filter(String name, int at) {
        if (!Filters.has(name)) {
            unknown.element().add(new Unknown("No filter named '" + name + "'", at));
        }
    }

    void test(String name, int at) {
        if (!Tests.has(name)) {
            unknown.element().add(new Unknown("No test named '" + name + "'", at));
        }
    }

    int mark() {
        return unknown.element().size();
    }

    /** Leave what is unknown since a mark to be found when it is reached. */
    void forgive(int mark) {
        List<Unknown> here = unknown.element();
        here.subList(mark, here.size()).clear();
    }

    /** Start a part with names of its own. */
    void enter() {
        unknown.push(new ArrayList<>());
    }

    /** End a part, and refuse what is unknown in it. */
    void leave() {
        List<Unknown> here = unknown.pop();
        if (!here.isEmpty()) {
            throw source.failure(here.getFirst().message(), here.getFirst().at());
        }
    }

    void enterLoop() {
        loops++;
    }

    void leaveLoop() {
        loops--;
    }

    void read(String name) {
        reads.forEach(set -> set.add(name));
    }

    void write(String name, Tokens tokens, int at) {
        if (loops > 0 && name.equals("loop")) {
            throw tokens.failure("the variable 'loop' cannot be assigned in a loop", at);
        }
    }

    void enterMacro() {
        reads.push(new HashSet<>());
    }

    Set<String> leaveMacro() {
        return reads.pop();
    }
}
