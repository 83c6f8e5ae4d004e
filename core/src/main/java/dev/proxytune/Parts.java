package dev.proxytune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Divide the processor among small models that can decode at the same time. */
final class Parts {
    /** Models that are through sooner than another thread wakes up gain nothing. */
    private static final long LEAST_BYTES = 32L << 20;

    /** How many times as much work one part may have as another, lest it keep the rest waiting. */
    private static final double MOST_UNEVEN = 1.25;

    private Parts() {}

    /**
     * Return who decodes one after the other on each part of the processor; nothing if all of them are to use all of it.
     *
     * <p>What is chosen depends on models and threads alone, and not on any time: llama.cpp divides attention to more
     * than 512 tokens by the number of threads, so rows depend on it in their last bits.
     */
    static List<List<Lane.Member>> of(List<Lane.Member> members) {
        List<Lane.Member> able = members.stream().filter(Parts::isAble).toList();
        int threads = able.isEmpty() ? 0 : threads(able.getFirst());
        if (able.stream().anyMatch(member -> threads(member) != threads)) {
            return List.of();
        }
        int count = commonDivisor(threads, able.size());
        if (count < 2) {
            return List.of();
        }
        List<List<Lane.Member>> parts = new ArrayList<>();
        for (int part = 0; part < count; part++) {
            List<Lane.Member> mine = new ArrayList<>();
            for (int index = part; index < able.size(); index += count) {
                mine.add(able.get(index));
            }
            parts.add(mine);
        }
        long least = parts.stream().mapToLong(Parts::bytes).min().orElseThrow();
        long most = parts.stream().mapToLong(Parts::bytes).max().orElseThrow();
        return most > MOST_UNEVEN * least ? List.of() : parts;
    }

    private static boolean isAble(Lane.Member member) {
        Optional<Capability.Share> share = member.share();
        return member.isSmall() && share.isPresent() && share.get().weightBytes() >= LEAST_BYTES;
    }

    private static int threads(Lane.Member member) {
        return member.share().orElseThrow().threads();
    }

    private static long bytes(List<Lane.Member> members) {
        return members.stream()
                .mapToLong(member -> member.share().orElseThrow().weightBytes())
                .sum();
    }

    private static int commonDivisor(int a, int b) {
        return b == 0 ? a : commonDivisor(b, a % b);
    }
}
