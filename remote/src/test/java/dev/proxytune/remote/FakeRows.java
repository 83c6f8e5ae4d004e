package dev.proxytune.remote;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Answer as our own server does, with what a {@link ByteModel} says; docs/split.md has the bytes. */
final class FakeRows {
    static final String FACTS = "{\"version\":1,\"vocabulary\":" + ByteModel.SIZE + ",\"context\":300,\"max_rows\":8}";

    final int valueBytes;
    final int top;
    final int rows;
    final int[] tokens;

    private FakeRows(ByteBuffer in) {
        byte[] magic = new byte[4];
        in.get(magic);
        if (!new String(magic, StandardCharsets.US_ASCII).equals("PTRQ") || in.get() != 1) {
            throw new IllegalArgumentException("no request for rows");
        }
        valueBytes = in.get();
        byte[] name = new byte[in.getShort()];
        int wanted = in.getInt();
        rows = in.getInt();
        tokens = new int[in.getInt()];
        in.get(name);
        if (!new String(name, StandardCharsets.UTF_8).equals("m")) {
            throw new IllegalArgumentException("another model");
        }
        in.asIntBuffer().get(tokens);
        top = wanted == 0 ? ByteModel.SIZE : wanted;
    }

    static FakeRows read(byte[] body) {
        return new FakeRows(ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN));
    }

    byte[] answer(ByteModel model) {
        boolean whole = top == ByteModel.SIZE;
        int size = 20 + rows * (4 + top * (valueBytes + (whole ? 0 : 4)));
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.put("PTRW".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) valueBytes)
                .putShort((short) 0);
        out.putInt(ByteModel.SIZE).putInt(rows).putInt(top);
        for (int row = 0; row < rows; row++) {
            int length = tokens.length - rows + 1 + row;
            float[] logits = model.row(IntStream.of(tokens).limit(length).toArray());
            int[] order = IntStream.range(0, logits.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(id -> -logits[id]))
                    .mapToInt(id -> id)
                    .toArray();
            float max = logits[order[0]];
            double sum = IntStream.range(0, logits.length)
                    .mapToDouble(id -> Math.exp(logits[id] - max))
                    .sum();
            out.putFloat((float) Math.log(sum));
            int[] told = whole
                    ? IntStream.range(0, logits.length).toArray()
                    : IntStream.of(order).limit(top).toArray();
            if (!whole) {
                IntStream.of(told).forEach(out::putInt);
            }
            for (int id : told) {
                if (valueBytes == 4) {
                    out.putFloat(max - logits[id]);
                } else {
                    out.putShort(Float.floatToFloat16(max - logits[id]));
                }
            }
        }
        return out.array();
    }
}
