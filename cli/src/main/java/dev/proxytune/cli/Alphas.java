package dev.proxytune.cli;

import dev.proxytune.Steering;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Hold weights of expert pairs as a user wrote them.
 *
 * @param text what tells them from others, such as 0.6
 * @param steering the weights
 */
record Alphas(String text, Steering steering) {
    private static final int MOST = 1000;

    static float number(CommandSpec command, String text) {
        try {
            return Float.parseFloat(text);
        } catch (NumberFormatException e) {
            throw Usage.wrong(command, "--alpha must be a number, got: " + text);
        }
    }

    /** Return a number as a person would write it. */
    static String written(float alpha) {
        return written(new BigDecimal(Float.toString(alpha)));
    }

    private static String written(BigDecimal alpha) {
        return alpha.signum() == 0 ? "0" : alpha.stripTrailingZeros().toPlainString();
    }

    /** Return the weights of a range, such as 0:2:0.2, both ends included. */
    static List<Alphas> range(CommandSpec command, String text) {
        String[] parts = text.split(":", -1);
        try {
            Usage.require(parts.length == 3, command, form(text));
            var last = new BigDecimal(parts[1]);
            var step = new BigDecimal(parts[2]);
            List<Alphas> all = new ArrayList<>();
            Usage.require(step.signum() > 0, command, form(text));
            for (var alpha = new BigDecimal(parts[0]); alpha.compareTo(last) <= 0; alpha = alpha.add(step)) {
                Usage.require(all.size() < MOST, command, "--alpha " + text + " has more than " + MOST + " values");
                all.add(new Alphas(written(alpha), Steering.of(alpha.floatValue())));
            }
            Usage.require(!all.isEmpty(), command, form(text));
            return all;
        } catch (NumberFormatException e) {
            throw Usage.wrong(command, form(text));
        }
    }

    private static String form(String text) {
        return "--alpha takes a number, or a range FROM:TO:STEP such as 0:2:0.2, got: " + text;
    }
}
