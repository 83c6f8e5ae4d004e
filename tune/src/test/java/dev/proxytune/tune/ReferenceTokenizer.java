package dev.proxytune.tune;

import dev.proxytune.gguf.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Trains and applies byte pairs in the slowest and plainest way, to compare with. */
final class ReferenceTokenizer {
    private static final String SPACE = "\\t-\\r\\x{85}\\p{Z}";
    private static final Pattern PARTS = Pattern.compile("\\p{N}|\\P{N}+");
    private static final Pattern WORDS = Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?[^" + SPACE
            + "\\p{L}\\p{N}]+|[" + SPACE + "]+(?![^" + SPACE + "])|[" + SPACE + "]+");

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();
    private final Map<String, Integer> ranks = new HashMap<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Function<String, List<String>> splitter;

    private ReferenceTokenizer(Function<String, List<String>> splitter) {
        this.splitter = splitter;
    }

    /** Split as the pattern says. */
    static List<String> words(String text) {
        return PARTS.matcher(text)
                .results()
                .map(MatchResult::group)
                .flatMap(part -> part.matches("\\p{N}")
                        ? List.of(part).stream()
                        : WORDS.matcher(part).results().map(MatchResult::group))
                .toList();
    }

    /** Take the merges of a tokenizer. */
    static ReferenceTokenizer of(TokenizerMetadata tokenizer, Function<String, List<String>> splitter) {
        var reference = new ReferenceTokenizer(splitter);
        reference.tokens.addAll(
                tokenizer.metadata().strings("tokenizer.ggml.tokens").orElseThrow());
        reference.merges.addAll(
                tokenizer.metadata().strings("tokenizer.ggml.merges").orElseThrow());
        for (int i = 0; i < reference.merges.size(); i++) {
            reference.ranks.put(reference.merges.get(i), i);
        }
        for (int i = 0; i < reference.tokens.size(); i++) {
            reference.ids.put(reference.tokens.get(i), i);
        }
        return reference;
    }

    /** Train by counting all pairs of all words anew before each merge. */
    static ReferenceTokenizer train(List<String> texts, int size) {
        var reference = new ReferenceTokenizer(ReferenceTokenizer::words);
        reference.tokens.add(BpeTrainer.END);
        for (int i = 0; i < 256; i++) {
            reference.tokens.add(Character.toString(ByteAlphabet.letter(i)));
        }
        List<List<String>> words = new ArrayList<>();
        texts.forEach(text -> words(text).forEach(word -> words.add(letters(word))));
        while (reference.tokens.size() < size) {
            String best = reference.bestPair(words);
            String joined = best.replace(" ", "");
            reference.merges.add(best);
            reference.tokens.add(joined);
            words.replaceAll(word -> joined(word, best));
        }
        return reference;
    }

    private String bestPair(List<List<String>> words) {
        Map<String, Integer> counts = new TreeMap<>();
        for (var word : words) {
            for (int i = 1; i < word.size(); i++) {
                counts.merge(word.get(i - 1) + " " + word.get(i), 1, Integer::sum);
            }
        }
        Comparator<String> order = Comparator.comparingInt(pair -> -counts.getOrDefault(pair, 0));
        return counts.keySet().stream()
                .min(order.thenComparingInt(pair -> tokens.indexOf(pair.substring(0, pair.indexOf(' '))))
                        .thenComparingInt(pair -> tokens.indexOf(pair.substring(pair.indexOf(' ') + 1))))
                .orElseThrow();
    }

    private static List<String> joined(List<String> word, String pair) {
        var result = new ArrayList<String>();
        for (int i = 0; i < word.size(); i++) {
            if (i + 1 < word.size() && pair.equals(word.get(i) + " " + word.get(i + 1))) {
                result.add(word.get(i) + word.get(i + 1));
                i++;
            } else {
                result.add(word.get(i));
            }
        }
        return result;
    }

    private static List<String> letters(String word) {
        var letters = new ArrayList<String>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            letters.add(Character.toString(ByteAlphabet.letter(b & 0xff)));
        }
        return letters;
    }

    List<String> tokens() {
        return tokens;
    }

    List<String> merges() {
        return merges;
    }

    /** Encode by applying the first merge that applies, again and again. */
    int[] encode(String text) {
        return splitter.apply(text).stream()
                .flatMap(word -> encodeWord(letters(word)).stream())
                .mapToInt(ids::get)
                .toArray();
    }

    private List<String> encodeWord(List<String> word) {
        while (true) {
            String first = null;
            int lowest = Integer.MAX_VALUE;
            for (int i = 1; i < word.size(); i++) {
                String pair = word.get(i - 1) + " " + word.get(i);
                int rank = ranks.getOrDefault(pair, Integer.MAX_VALUE);
                if (rank < lowest) {
                    lowest = rank;
                    first = pair;
                }
            }
            if (first == null) {
                return word;
            }
            word = joined(word, first);
        }
    }
}
