package dev.proxytune.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Go through the items of values. */
final class Iteration {
    private Iteration() {}

    static boolean isIterable(Value value) {
        return switch (value) {
            case Text _, ListValue _, Tuple _, Dict _, DictView _, Lazy _, Value.Range _, Undefined _, Loop _ -> true;
            default -> false;
        };
    }

    static Iterator<Value> iterator(Budget budget, Value value) {
        return iterator(budget, value, "'%s' object is not iterable");
    }

    static Iterator<Value> iterator(Budget budget, Value value, String refusal) {
        return switch (value) {
            case ListValue list -> list.items().iterator();
            case Tuple tuple -> tuple.items().iterator();
            case Dict dict -> dict.entries().stream().map(Dict.Entry::key).iterator();
            case DictView view -> view.iterator(budget);
            case Lazy lazy -> lazy.items();
            case Undefined _ -> Collections.emptyIterator();
            case Text text -> characters(text);
            case Value.Range range -> numbers(range);
            default -> throw new Fault(String.format(refusal, value.type()));
        };
    }

    private static Iterator<Value> characters(Text text) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.string().length();
            }

            @Override
            public Value next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                int end = at + Character.charCount(text.string().codePointAt(at));
                Text character = text.slice(at, end).withMarkup(false);
                at = end;
                return character;
            }
        };
    }

    private static Iterator<Value> numbers(Value.Range range) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < range.size();
            }

            @Override
            public Value next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return range.get(at++);
            }
        };
    }

    /** Return those items that pass, looking at each when it is asked for. */
    static Iterator<Value> filter(Budget budget, Iterator<Value> items, Predicate<Value> test) {
        return new Iterator<>() {
            private @Nullable Value found;

            @Override
            public boolean hasNext() {
                while (found == null && items.hasNext()) {
                    budget.step();
                    Value item = items.next();
                    if (test.test(item)) {
                        found = item;
                    }
                }
                return found != null;
            }

            @Override
            public Value next() {
                Value item = hasNext() ? found : null;
                if (item == null) {
                    throw new NoSuchElementException();
                }
                found = null;
                return item;
            }
        };
    }

    /** Return all items in a list of their own. */
    static List<Value> list(Budget budget, Value value) {
        List<Value> items = new ArrayList<>();
        Iterator<Value> iterator = iterator(budget, value);
        while (iterator.hasNext()) {
            if (items.size() % 64 == 0) {
                budget.items(64);
            }
            items.add(iterator.next());
        }
        return items;
    }

    /** Return the number of items that is known without looking at them, or -1. */
    static int knownLength(Value value) {
        return switch (value) {
            case ListValue list -> list.items().size();
            case Tuple tuple -> tuple.items().size();
            case Dict dict -> dict.size();
            case DictView view -> view.dict().size();
            case Value.Range range -> range.size();
            case Text text -> text.length();
            case Undefined _ -> 0;
            case Loop loop -> loop.length();
            default -> -1;
        };
    }

    static int length(Value value) {
        int length = knownLength(value);
        if (length < 0) {
            throw new Fault("object of type '" + value.type() + "' has no len()");
        }
        return length;
    }
}
