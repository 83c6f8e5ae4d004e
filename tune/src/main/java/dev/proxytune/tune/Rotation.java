package dev.proxytune.tune;

import org.bytedeco.pytorch.Tensor;

/**
 * The angles by which heads rotate with their position (RoFormer, section 3.2.2).
 *
 * <p>Dimension i of a head turns together with i + size / 2. Models that pair neighbors instead have the rows of their
 * query and key weights moved when they are loaded, and back when they are written.
 */
final class Rotation {
    private Rotation() {}

    /**
     * Return cosines and signed sines, {@code [2, length, 1, headSize]}.
     *
     * @param factors what each frequency is divided by, {@code headSize / 2} numbers, or none
     */
    static Tensor table(int length, int headSize, float base, float scale, float[] factors) {
        int half = headSize / 2;
        int plane = length * headSize;
        float[] values = new float[2 * plane];
        for (int i = 0; i < half; i++) {
            double frequency = Math.pow(base, -2.0 * i / headSize) * scale / (factors.length == 0 ? 1 : factors[i]);
            for (int position = 0; position < length; position++) {
                int at = position * headSize + i;
                float cosine = (float) Math.cos(position * frequency);
                float sine = (float) Math.sin(position * frequency);
                values[at] = cosine;
                values[at + half] = cosine;
                values[plane + at] = -sine;
                values[plane + at + half] = sine;
            }
        }
        return Torch.floats(values, 2, length, 1, headSize);
    }

    /**
     * Return the rows of a matrix or vector with each head's dimensions moved from neighboring pairs to halves.
     *
     * @param values rows of all heads, one after the other
     * @param rowLength length of a row
     * @param headSize rows of a head
     * @param back whether to move from halves to neighboring pairs instead
     */
    static float[] permute(float[] values, int rowLength, int headSize, boolean back) {
        float[] moved = new float[values.length];
        int half = headSize / 2;
        for (int row = 0; row < values.length / rowLength; row++) {
            int inHead = row % headSize;
            int halves = row - inHead + inHead / 2 + inHead % 2 * half;
            int from = (back ? halves : row) * rowLength;
            int to = (back ? row : halves) * rowLength;
            System.arraycopy(values, from, moved, to, rowLength);
        }
        return moved;
    }
}
