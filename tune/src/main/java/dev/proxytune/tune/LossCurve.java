package dev.proxytune.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The course of a training run, step by step. */
public final class LossCurve {
    /** Numbers kept of a step. */
    static final int COLUMNS = 4;

    /**
     * One step.
     *
     * @param loss mean loss, in nats a token
     * @param validationLoss mean loss on the validation data, not a number where it was not measured
     * @param learningRate learning rate
     * @param gradientNorm length of the gradient before clipping
     */
    public record Point(float loss, float validationLoss, float learningRate, float gradientNorm) {}

    private final List<Point> points = new ArrayList<>();
    private final long tokensPerStep;

    /** Create an empty curve. */
    LossCurve(long tokensPerStep) {
        this.tokensPerStep = tokensPerStep;
    }

    void add(Point point) {
        points.add(point);
    }

    /** Return the steps from the first on. */
    public List<Point> points() {
        return List.copyOf(points);
    }

    /** Return the number of steps. */
    int size() {
        return points.size();
    }

    /** Return the number of tokens that a step takes in, padding included. */
    public long tokensPerStep() {
        return tokensPerStep;
    }

    float[] toArray() {
        float[] values = new float[points.size() * COLUMNS];
        int i = 0;
        for (Point point : points) {
            values[i++] = point.loss();
            values[i++] = point.validationLoss();
            values[i++] = point.learningRate();
            values[i++] = point.gradientNorm();
        }
        return values;
    }

    void addAll(float[] values) {
        for (int i = 0; i < values.length; i += COLUMNS) {
            add(new Point(values[i], values[i + 1], values[i + 2], values[i + 3]));
        }
    }

    /** Return the curve as comma-separated values with a header, a line a step; unmeasured fields are empty. */
    public String csv() {
        var text = new StringBuilder("step,tokens,loss,validation_loss,learning_rate,gradient_norm\n");
        for (int i = 0; i < points.size(); i++) {
            Point point = points.get(i);
            text.append(i + 1)
                    .append(',')
                    .append((i + 1) * tokensPerStep)
                    .append(',')
                    .append(number(point.loss()))
                    .append(',')
                    .append(Float.isNaN(point.validationLoss()) ? "" : number(point.validationLoss()))
                    .append(',')
                    .append(String.format(Locale.ROOT, "%.4e", point.learningRate()))
                    .append(',')
                    .append(number(point.gradientNorm()))
                    .append('\n');
        }
        return text.toString();
    }

    private static String number(float value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }
}
