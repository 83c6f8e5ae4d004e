package dev.proxytune.gguf;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.InvalidModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class CharsmapCheckTests {
    private static final int NODES = 512;
    private static final int ROOT_BASE = 256;
    private static final int LETTER = 'a';
    private static final int LETTER_NODE = ROOT_BASE ^ LETTER;
    private static final int TEXT_NODE = 10;
    private static final int LEAF = 1 << 8;
    private static final int TOP = 1 << 31;

    /** A table that replaces the letter a by the text at offset 2. */
    private final ByteBuffer table = ByteBuffer.allocate(4 + NODES * 4 + 5).order(ByteOrder.LITTLE_ENDIAN);

    CharsmapCheckTests() {
        table.putInt(0, NODES * 4);
        node(0, ROOT_BASE << 10);
        node(LETTER_NODE, ((LETTER_NODE ^ TEXT_NODE) << 10) | LEAF | LETTER);
        node(TEXT_NODE, TOP | 2);
        table.put(4 + NODES * 4, new byte[] {'x', 0, 'y', 'z', 0});
    }

    private void node(int index, int value) {
        table.putInt(4 + index * 4, value);
    }

    private void check() {
        check(table.array());
    }

    private static void check(byte[] bytes) {
        var values = new LinkedHashMap<String, MetadataValue>();
        values.put("tokenizer.ggml.precompiled_charsmap", NumberArray.of(bytes));
        var metadata = new Metadata("memory", values);
        CharsmapCheck.check(new ModelFacts(new GgufHeader("memory", 3, metadata, List.of(), 32, 0, 0, 1), "t5"));
    }

    private static void refuse(byte[] bytes, String... words) {
        assertThatThrownBy(() -> check(bytes))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void aSoundTableIsAccepted() {
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void nodesPastTheEndAreRefused() {
        node(0, 512 << 10);
        refuse(table.array(), "leads to node 513", "below 512");
        node(0, ROOT_BASE << 10);
        node(LETTER_NODE, ((LETTER_NODE ^ 600) << 10) | LEAF | LETTER);
        refuse(table.array(), "ends at node 600");
        node(LETTER_NODE, ((LETTER_NODE ^ 600) << 10) | LETTER);
        refuse(table.array(), "leads to node 601");
    }

    @Test
    void aLoopOfNodesIsWalkedOnce() {
        node(LETTER_NODE, ((LETTER_NODE ^ ROOT_BASE) << 10) | LETTER);
        assertThatCode(this::check).doesNotThrowAnyException();
    }

    @Test
    void textsPastTheEndAreRefused() {
        node(TEXT_NODE, TOP | 5);
        refuse(table.array(), "replacement text at 5");
        node(TEXT_NODE, TOP | 2);
        table.put(table.capacity() - 1, (byte) 'z');
        refuse(table.array(), "replacement text at 2");
    }

    @Test
    void tablesLongerThanTheArrayAreRefused() {
        refuse(Arrays.copyOf(table.array(), 4 + NODES * 4), "for a table of 2048");
        refuse(new byte[3], "3 bytes");
        table.putInt(0, -1);
        refuse(table.array(), "4294967295");
    }
}
