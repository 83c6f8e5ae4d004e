package dev.proxytune.remote;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Read the rows that our own server tells, straight into their arrays; docs/split.md has the bytes. */
final class RowBytes {
    /*
     * Implementation note. Nothing is allocated by what the server says: a row is as large as the local vocabulary, and
     * bytes go through one block. What is wrong is noticed in the block that it is in.
     */
    private static final int HEADER = 20;
    private static final int MAGIC = 'P' | 'T' << 8 | 'R' << 16 | 'W' << 24;
    private static final int BLOCK = 2048;
    private static final double SLACK = 1e-3;

    private final InputStream in;
    private final int vocabularySize;
    private final int told;
    private final int valueBytes;
    private final byte[] bytes = new byte[BLOCK * Float.BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    private final short[] halves = new short[BLOCK];
    private final float[] values = new float[BLOCK];

    /**
     * Begin to read an answer.
     *
     * @param vocabularySize how many tokens the server's model has
     * @param told how many tokens of each row were asked for
     * @param valueBytes how many bytes were asked for each value, 2 or 4
     */
    RowBytes(InputStream in, int vocabularySize, int told, int valueBytes) {
        this.in = in;
        this.vocabularySize = vocabularySize;
        this.told = told;
        this.valueBytes = valueBytes;
    }

    /** Fill as many rows as were asked for. */
    void read(List<RemoteRow> rows) throws IOException {
        readHeader(rows.size());
        for (RemoteRow row : rows) {
            row.clear();
            load(Float.BYTES);
            float norm = buffer.getFloat(0);
            require(
                    norm >= 0 && norm <= Math.log(vocabularySize) + SLACK,
                    "a row in which the best token has the log-probability " + -norm);
            if (told == vocabularySize) {
                readWhole(row);
            } else {
                readLikeliest(row, norm);
            }
        }
        if (in.read() >= 0) {
            throw new MalformedAnswerException("it goes on after its last row");
        }
    }

    private void readHeader(int rows) throws IOException {
        load(HEADER);
        require(buffer.getInt(0) == MAGIC, "no rows: it does not begin with PTRW");
        require(buffer.get(4) == ProxytuneSource.VERSION, "version " + buffer.get(4) + " of the protocol for rows");
        require(buffer.get(5) == valueBytes, buffer.get(5) + " bytes a value instead of " + valueBytes);
        requireSame("a vocabulary of", buffer.getInt(8), vocabularySize);
        requireSame("rows:", buffer.getInt(12), rows);
        requireSame("tokens a row:", buffer.getInt(16), told);
    }

    private static void requireSame(String what, int found, int expected) {
        require(found == expected, what + " " + Integer.toUnsignedString(found) + " instead of " + expected);
    }

    private static void require(boolean holds, String found) {
        if (!holds) {
            throw new MalformedAnswerException(found);
        }
    }

    private void load(int count) throws IOException {
        int read = in.readNBytes(bytes, 0, count);
        require(read == count, "it ends in the middle");
    }

    /** Read the next values, how far each token is from the best, and return whether the best is among them. */
    private boolean loadGaps(int count) throws IOException {
        load(count * valueBytes);
        if (valueBytes == Float.BYTES) {
            buffer.asFloatBuffer().get(values, 0, count);
        } else {
            buffer.asShortBuffer().get(halves, 0, count);
            for (int i = 0; i < count; i++) {
                values[i] = Float.float16ToFloat(halves[i]);
            }
        }
        float least = Float.POSITIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            least = Math.min(least, values[i]);
        }
        require(least >= 0, "a value below the least there can be: " + least);
        return least == 0;
    }

    private void readWhole(RemoteRow row) throws IOException {
        boolean best = false;
        for (int from = 0; from < told; from += BLOCK) {
            int count = Math.min(BLOCK, told - from);
            best |= loadGaps(count);
            for (int i = 0; i < count; i++) {
                // No minus 0, which a sort would put before 0.
                values[i] = 0 - values[i];
            }
            row.putAll(from, values, count);
        }
        require(best, "a row without a best token");
        row.finishWhole();
    }

    private void readLikeliest(RemoteRow row, float norm) throws IOException {
        int[] ids = new int[told];
        for (int from = 0; from < told; from += BLOCK) {
            int count = Math.min(BLOCK, told - from);
            load(count * Integer.BYTES);
            buffer.asIntBuffer().get(ids, from, count);
        }
        float before = 0;
        for (int from = 0; from < told; from += BLOCK) {
            int count = Math.min(BLOCK, told - from);
            require(loadGaps(count) || from > 0, "a row without a best token");
            for (int i = 0; i < count; i++) {
                require(values[i] >= before, "tokens that are not in the order of their probabilities");
                before = values[i];
                add(row, ids[from + i], values[i] + norm);
            }
        }
        row.finish();
    }

    private void add(RemoteRow row, int id, float distance) {
        require(id >= 0 && id < vocabularySize, "token id " + Integer.toUnsignedString(id));
        if (distance != Float.POSITIVE_INFINITY) {
            row.addTop(id, -distance);
        }
    }
}
