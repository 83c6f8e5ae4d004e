package dev.proxytune.tune;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The angles by which heads rotate with their position (RoFormer, section 3.2.2), as complex numbers.
 *
 * <p>Neighboring dimensions of a head are the parts of one complex number. Models that pair dimension i with i + size / 2
 * have the rows of their query and key weights moved when they are loaded, and back when they are written.
 */
final class Rotation {
    private Rotation() {}

    /**
     * Return the factors of queries and keys, complex numbers {@code [length, heads + keyValueHeads, headSize / 2]}.
     *
     * <p>Those of queries contain what attention multiplies its scores by.
     *
     * @param factors what each frequency is divided by, {@code headSize / 2} numbers, or none
     */
    static Tensor table(ModelShape shape, int length, float base, float scale, float[] factors) {
        int half = shape.headSize() / 2;
        int heads = shape.heads() + shape.keyValueHeads();
        float[] values = new float[length * heads * shape.headSize()];
        for (int i = 0; i < half; i++) {
            double divisor = factors.length == 0 ? 1 : factors[i];
            double frequency = Math.pow(base, -2.0 * i / shape.headSize()) * scale / divisor;
            for (int position = 0; position < length; position++) {
                double cosine = Math.cos(position * frequency);
                double sine = Math.sin(position * frequency);
                for (int head = 0; head < heads; head++) {
                    double size = head < shape.heads() ? shape.attentionScale() : 1;
                    int at = ((position * heads + head) * half + i) * 2;
                    values[at] = (float) (cosine * size);
                    values[at + 1] = (float) (sine * size);
                }
            }
        }
        return torch.view_as_complex(Torch.floats(values, length, heads, half, 2));
    }

    /**
     * Return where a row of a file's matrix lies in memory.
     *
     * @param headRows rows of a head, or 0 if rows lie in the order of the file
     */
    static int inMemory(int row, int headRows) {
        if (headRows == 0) {
            return row;
        }
        int inHead = row % headRows;
        int half = headRows / 2;
        return row - inHead + (inHead < half ? 2 * inHead : 2 * (inHead - half) + 1);
    }
}
