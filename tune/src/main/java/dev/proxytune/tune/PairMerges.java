package dev.proxytune.tune;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Words as sequences of tokens, and how often each pair of neighbors occurs in them, kept up to date as pairs are
 * joined.
 *
 * <p>A pair knows the words that it was seen in, so joining it touches only those. The queue of pairs is corrected
 * late: counts only fall, but for those of pairs with the token just made, which are put in anew.
 */
final class PairMerges {
    /** Fewest occurrences of a pair that is worth a token. */
    private static final int RARE = 2;

    /** Two tokens side by side. */
    record Pair(int left, int right) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            return left != other.left ? Integer.compare(left, other.left) : Integer.compare(right, other.right);
        }
    }

    private static final class Occurrences {
        private long count;
        private final TokenList words = new TokenList();

        private void add(int word) {
            if (words.size() == 0 || words.get(words.size() - 1) != word) {
                words.add(word);
            }
        }
    }

    private record Candidate(Pair pair, long count) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return count != other.count ? Long.compare(other.count, count) : pair.compareTo(other.pair);
        }
    }

    private static final class Word {
        private int[] symbols;
        private final long count;
        private int length;

        private Word(int[] symbols, long count) {
            this.symbols = symbols;
            this.count = count;
            this.length = symbols.length;
        }
    }

    private final List<Word> words = new ArrayList<>();
    private final Map<Pair, Occurrences> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
    private final Set<Pair> grown = new HashSet<>();

    /** Add a word that occurs this often; the array is taken over. */
    void add(int[] symbols, long count) {
        int number = words.size();
        words.add(new Word(symbols, count));
        for (int i = 1; i < symbols.length; i++) {
            grow(new Pair(symbols[i - 1], symbols[i]), number, count);
        }
    }

    private void grow(Pair pair, int word, long count) {
        var occurrences = pairs.computeIfAbsent(pair, unseen -> new Occurrences());
        occurrences.count += count;
        occurrences.add(word);
        grown.add(pair);
    }

    /** Return the most frequent pair, none if each is rare. */
    Optional<Pair> best() {
        queueGrown();
        while (!queue.isEmpty()) {
            var candidate = queue.poll();
            var occurrences = pairs.get(candidate.pair);
            if (occurrences == null || occurrences.count < RARE || candidate.count < occurrences.count) {
                continue;
            }
            if (candidate.count == occurrences.count) {
                return Optional.of(candidate.pair);
            }
            queue.add(new Candidate(candidate.pair, occurrences.count));
        }
        return Optional.empty();
    }

    private void queueGrown() {
        for (Pair pair : grown) {
            var occurrences = pairs.get(pair);
            if (occurrences != null) {
                queue.add(new Candidate(pair, occurrences.count));
            }
        }
        grown.clear();
    }

    /** Join a pair wherever it occurs, from left to right. */
    void merge(Pair pair, int joined) {
        var occurrences = pairs.remove(pair);
        if (occurrences == null) {
            throw new IllegalArgumentException("there is no " + pair);
        }
        for (int i = 0; i < occurrences.words.size(); i++) {
            merge(pair, joined, occurrences.words.get(i));
        }
    }

    private void merge(Pair pair, int joined, int number) {
        var word = words.get(number);
        int[] symbols = word.symbols;
        int kept = 0;
        int at = 0;
        while (at < word.length) {
            boolean found = at + 1 < word.length && symbols[at] == pair.left && symbols[at + 1] == pair.right;
            if (!found) {
                symbols[kept++] = symbols[at++];
                continue;
            }
            if (kept > 0) {
                shrink(new Pair(symbols[kept - 1], pair.left), word.count);
                grow(new Pair(symbols[kept - 1], joined), number, word.count);
            }
            if (at + 2 < word.length) {
                shrink(new Pair(pair.right, symbols[at + 2]), word.count);
                grow(new Pair(joined, symbols[at + 2]), number, word.count);
            }
            symbols[kept++] = joined;
            at += 2;
        }
        word.length = kept;
    }

    private void shrink(Pair pair, long count) {
        var occurrences = pairs.get(pair);
        // The pair that is being joined is gone from the map already.
        if (occurrences != null) {
            occurrences.count -= count;
        }
    }
}
