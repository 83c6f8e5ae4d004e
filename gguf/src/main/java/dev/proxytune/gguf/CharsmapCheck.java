package dev.proxytune.gguf;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;

/**
 * Checks the normalization table of a unigram vocabulary, which llama.cpp walks while it tokenizes.
 *
 * <p>The table is a double array as SentencePiece writes it: a node holds a check byte, a leaf flag and the base that,
 * combined with the next byte of the text by exclusive or, gives the index of the next node. llama.cpp throws out of
 * its tokenizer when an index passes the end, so every node that some text can reach is visited here.
 */
final class CharsmapCheck {
    private static final String KEY = "tokenizer.ggml.precompiled_charsmap";
    private static final int TOP_BIT = 1 << 31;

    private final ModelFacts facts;
    private final ByteBuffer data;
    private final int nodes;
    private final int texts;
    private final int lastEnd;

    private CharsmapCheck(ModelFacts facts, ByteBuffer data, int nodes, int texts) {
        this.facts = facts;
        this.data = data;
        this.nodes = nodes;
        this.texts = texts;
        int end = data.limit();
        while (end > texts && data.get(end - 1) != 0) {
            end--;
        }
        this.lastEnd = end;
    }

    static void check(ModelFacts facts) {
        var value = facts.header().metadata().value(KEY);
        if (value.isEmpty()) {
            return;
        }
        if (!(value.get() instanceof NumberArray array)
                || (array.elementType() != ValueType.INT8 && array.elementType() != ValueType.UINT8)) {
            throw facts.wrongType(KEY, value.get(), "an array of i8 or u8");
        }
        var data = array.bytes();
        long nodeBytes = data.limit() < 4 ? -1 : Integer.toUnsignedLong(data.getInt(0));
        if (nodeBytes < 0 || nodeBytes + 4 >= data.limit()) {
            throw facts.bad(
                    "key '" + KEY + "' has " + data.limit() + " bytes for a table of " + nodeBytes,
                    "the table's length, the table and the replacement texts");
        }
        int nodes = (int) (nodeBytes / 4);
        if (nodes > 0) {
            new CharsmapCheck(facts, data, nodes, (int) nodeBytes + 4).walk();
        }
    }

    private int node(int index, String how) {
        if (index < 0 || index >= nodes) {
            throw facts.bad(
                    "key '" + KEY + "' " + how + " node " + Integer.toUnsignedString(index), "a node below " + nodes);
        }
        return data.getInt(4 + index * 4);
    }

    private static int base(int node) {
        return (node >>> 10) << ((node & (1 << 9)) >>> 6);
    }

    private void walk() {
        var seen = new BitSet(nodes);
        var pending = new ArrayDeque<Integer>();
        pending.add(base(node(0, "starts at")));
        while (!pending.isEmpty()) {
            int base = pending.remove();
            for (int letter = 1; letter < 256; letter++) {
                int index = base ^ letter;
                int node = node(index, "leads to");
                if ((node & (TOP_BIT | 0xff)) != letter) {
                    continue;
                }
                int next = index ^ base(node);
                if ((node & (1 << 8)) != 0) {
                    checkText(node(next, "ends at") & ~TOP_BIT);
                }
                // Out of range, the next round refuses it; in range, one visit is enough.
                if (next < 0 || next >= nodes) {
                    pending.add(next);
                } else if (!seen.get(next)) {
                    seen.set(next);
                    pending.add(next);
                }
            }
        }
    }

    private void checkText(int offset) {
        if (offset >= data.limit() - texts || texts + offset >= lastEnd) {
            throw facts.bad(
                    "key '" + KEY + "' points to replacement text at " + offset,
                    "a text that ends before byte " + (data.limit() - texts));
        }
    }
}
