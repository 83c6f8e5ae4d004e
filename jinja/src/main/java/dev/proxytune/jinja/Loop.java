package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The state of a loop, which its body sees as {@code loop}. */
final class Loop implements Value {
    private final Budget budget;
    private final int depth;
    private final Optional<Function.Body> recursion;
    private Iterator<Value> rest;
    private int length;
    private int index = -1;
    private @Nullable Value before;
    private @Nullable Value current;
    private @Nullable Value after;
    private @Nullable Value lastChanged;

    /**
     * Start a loop.
     *
     * @param length the number of items if it is known, else -1
     * @param depth how many loops of the same kind are around it
     */
    Loop(Budget budget, Iterator<Value> items, int length, int depth, Optional<Function.Body> recursion) {
        this.budget = budget;
        this.rest = items;
        this.length = length;
        this.depth = depth;
        this.recursion = recursion;
    }

    /** Go to the next item, or return null. */
    @Nullable
    Value next() {
        Value item = after;
        after = null;
        if (item == null) {
            if (!rest.hasNext()) {
                return null;
            }
            item = rest.next();
        }
        index++;
        before = current;
        current = item;
        return item;
    }

    /** Return the number of the current item, from 1. */
    int index() {
        return index + 1;
    }

    int length() {
        if (length < 0) {
            List<Value> all = new ArrayList<>();
            while (rest.hasNext()) {
                budget.items(1);
                all.add(rest.next());
            }
            rest = all.iterator();
            length = all.size() + index + 1 + (after == null ? 0 : 1);
        }
        return length;
    }

    private @Nullable Value peek() {
        if (after == null && rest.hasNext()) {
            after = rest.next();
        }
        return after;
    }

    /** Return an attribute, or null. */
    @Nullable
    Value attribute(String name) {
        return switch (name) {
            case "index" -> Int.of(index + 1L);
            case "index0" -> Int.of(index);
            case "revindex" -> Int.of((long) length() - index);
            case "revindex0" -> Int.of(length() - index - 1L);
            case "first" -> Bool.of(index == 0);
            case "last" -> Bool.of(peek() == null);
            case "length" -> Int.of(length());
            case "depth" -> Int.of(depth + 1L);
            case "depth0" -> Int.of(depth);
            case "previtem" -> before == null || index == 0 ? new Undefined("there is no previous item") : before;
            case "nextitem" -> {
                Value next = peek();
                yield next == null ? new Undefined("there is no next item") : next;
            }
            case "cycle" -> new Function("cycle", this::cycle);
            case "changed" -> new Function("changed", this::changed);
            default -> null;
        };
    }

    private Value cycle(Arguments arguments) {
        List<Value> items = arguments.positional("cycle", 0, Integer.MAX_VALUE);
        if (items.isEmpty()) {
            throw new Fault("no items for cycling given");
        }
        return items.get(index % items.size());
    }

    private Value changed(Arguments arguments) {
        Value now = Tuple.of(budget, arguments.positional("changed", 0, Integer.MAX_VALUE));
        boolean changed = lastChanged == null || !Comparisons.equal(budget, lastChanged, now);
        lastChanged = now;
        return Bool.of(changed);
    }

    /** Run the loop's body over other items. */
    Value call(Arguments arguments) {
        return recursion
                .orElseThrow(() -> new Fault("The loop must have the 'recursive' marker to be called recursively."))
                .call(arguments);
    }

    @Override
    public String type() {
        return "LoopContext";
    }
}
