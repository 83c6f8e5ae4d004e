package dev.proxytune.llama;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Hold the arrays of a {@code llama_batch}, allocated once and filled in place. */
final class NativeBatch {
    private final int capacity;
    private final MemorySegment struct;
    private final MemorySegment tokens;
    private final MemorySegment positions;
    private final MemorySegment sequenceLists;
    private final MemorySegment wanted;
    private final long sequences;
    private int size;

    /**
     * Allocate the arrays.
     *
     * @param capacity the most tokens in one decode
     * @param sequenceCount the number of sequences
     */
    NativeBatch(Arena arena, int capacity, int sequenceCount) {
        this.capacity = capacity;
        this.struct = arena.allocate(Structs.BATCH);
        this.tokens = arena.allocate(Native.INT, capacity);
        this.positions = arena.allocate(Native.INT, capacity);
        this.sequenceLists = arena.allocate(Native.LONG, capacity);
        this.wanted = arena.allocate(Native.BYTE, capacity);
        MemorySegment counts = arena.allocate(Native.INT, capacity);
        for (int i = 0; i < capacity; i++) {
            counts.setAtIndex(Native.INT, i, 1);
        }
        // A token names its sequences by a pointer to a list; all lists hold one number, so one for each will do.
        MemorySegment numbers = arena.allocate(Native.INT, sequenceCount);
        for (int i = 0; i < sequenceCount; i++) {
            numbers.setAtIndex(Native.INT, i, i);
        }
        this.sequences = numbers.address();
        struct.set(Native.POINTER, Structs.BatchFields.TOKEN, tokens);
        struct.set(Native.POINTER, Structs.BatchFields.POS, positions);
        struct.set(Native.POINTER, Structs.BatchFields.N_SEQ_ID, counts);
        struct.set(Native.POINTER, Structs.BatchFields.SEQ_ID, sequenceLists);
        struct.set(Native.POINTER, Structs.BatchFields.LOGITS, wanted);
    }

    void clear() {
        size = 0;
    }

    void add(int token, int position, int sequence, boolean isWanted) {
        tokens.setAtIndex(Native.INT, size, token);
        positions.setAtIndex(Native.INT, size, position);
        sequenceLists.setAtIndex(Native.LONG, size, sequences + (long) sequence * Integer.BYTES);
        wanted.set(Native.BYTE, size, (byte) (isWanted ? 1 : 0));
        size++;
    }

    int size() {
        return size;
    }

    int capacity() {
        return capacity;
    }

    /** Return the struct, to be passed by value. */
    MemorySegment struct() {
        struct.set(Native.INT, Structs.BatchFields.N_TOKENS, size);
        return struct;
    }
}
