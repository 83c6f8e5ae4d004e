package dev.proxytune.cli;

import dev.proxytune.tune.Blueprint;
import java.util.Arrays;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/** Read the sizes of a model from an option. */
final class Shapes {
    private static final Pattern SHAPE = Pattern.compile("\\d{1,6}x\\d{1,6}x\\d{1,6}x\\d{1,6}");

    private Shapes() {}

    /** Return what {@code --shape} says: width, layers, heads and feed-forward units. */
    static Blueprint parse(CommandSpec command, String shape, int contextLength) {
        Usage.require(
                SHAPE.matcher(shape).matches(),
                command,
                "--shape must be four numbers such as 256x8x4x704, got: " + shape);
        int[] sizes =
                Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
        return Usage.value(
                command, "--shape", () -> new Blueprint(sizes[0], sizes[1], sizes[2], sizes[3], contextLength));
    }
}
