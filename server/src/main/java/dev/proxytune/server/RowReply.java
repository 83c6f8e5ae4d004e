package dev.proxytune.server;

import dev.proxytune.InvalidLogitsException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Write rows as clients read them; see docs/split.md for the bytes. */
final class RowReply {
    /*
     * Implementation note. A value is how far a logit lies below the largest of its row. So the best token's is 0, which
     * any float holds exactly, and those that are likely have small values, where floats of 16 bits are finest: the
     * error is at most 2^-12 of the distance. Of logits or log-probabilities the largest errors would be where they
     * lie far from 0, whoever is likely.
     */
    static final int HEADER = 20;
    private static final int MAGIC = 'P' | 'T' << 8 | 'R' << 16 | 'W' << 24;
    private static final float MOST_HALF = 65504;
    private static final float NOTHING = 60;

    private final int vocabularySize;
    private final int rows;
    private final int entries;
    private final int valueBytes;

    private RowReply(int vocabularySize, int rows, int entries, int valueBytes) {
        this.vocabularySize = vocabularySize;
        this.rows = rows;
        this.entries = entries;
        this.valueBytes = valueBytes;
    }

    /** Plan the answer to a request. */
    static RowReply to(RowRequest request, int vocabularySize) {
        int entries = request.top() == 0 ? vocabularySize : Math.min(request.top(), vocabularySize);
        return new RowReply(vocabularySize, request.rows(), entries, request.valueBytes());
    }

    private boolean isWhole() {
        return entries == vocabularySize;
    }

    /** Return how many bytes the answer has. */
    int size() {
        long row = Float.BYTES + (long) entries * (valueBytes + (isWhole() ? 0 : Integer.BYTES));
        return Math.toIntExact(HEADER + rows * row);
    }

    /**
     * Write the rows.
     *
     * @param logits the rows one after the other; they are overwritten
     * @throws InvalidLogitsException if one has no best token
     */
    byte[] write(float[] logits) {
        byte[] body = new byte[size()];
        ByteBuffer out = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(MAGIC);
        out.put((byte) RowRequest.VERSION).put((byte) valueBytes).putShort((short) 0);
        out.putInt(vocabularySize).putInt(rows).putInt(entries);
        float[] row = new float[vocabularySize];
        var likeliest = new Likeliest();
        for (int number = 0; number < rows; number++) {
            System.arraycopy(logits, number * vocabularySize, row, 0, vocabularySize);
            out.putFloat((float) Math.log(turn(row)));
            if (isWhole()) {
                put(out, row, entries);
            } else {
                int[] ids = likeliest.of(row, entries);
                float[] gaps = new float[entries];
                for (int i = 0; i < entries; i++) {
                    out.putInt(ids[i]);
                    gaps[i] = row[ids[i]];
                }
                put(out, gaps, entries);
            }
        }
        return body;
    }

    /** Turn logits into distances from the largest, and return the sum of e to the minus distances. */
    private static double turn(float[] row) {
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            max = Math.max(max, logit);
        }
        if (!Float.isFinite(max)) {
            throw new InvalidLogitsException("The model yields a row without a largest logit, but " + max);
        }
        double sum = 0;
        for (int id = 0; id < row.length; id++) {
            row[id] = max - row[id];
            sum += row[id] < NOTHING ? Math.exp(-row[id]) : 0;
        }
        return sum;
    }

    private void put(ByteBuffer out, float[] gaps, int count) {
        if (valueBytes == Float.BYTES) {
            out.asFloatBuffer().put(gaps, 0, count);
        } else {
            short[] halves = new short[count];
            for (int i = 0; i < count; i++) {
                // What is possible stays so, however unlikely.
                float gap = gaps[i] == Float.POSITIVE_INFINITY ? gaps[i] : Math.min(gaps[i], MOST_HALF);
                halves[i] = Float.floatToFloat16(gap);
            }
            out.asShortBuffer().put(halves);
        }
        out.position(out.position() + count * valueBytes);
    }
}
