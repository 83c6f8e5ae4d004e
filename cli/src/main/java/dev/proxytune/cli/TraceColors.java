package dev.proxytune.cli;

import dev.proxytune.GenerationEvent;
import dev.proxytune.TokenTrace;

/**
 * Print the answer with each token in the colour of its Δ, the change of its probability: blue for less likely than
 * with the target alone, orange to red for more likely.
 *
 * <p>The colours are from the 216 that terminals agree on, of middle brightness: each has a contrast of at least 3 to a
 * black and to a white background.
 */
final class TraceColors implements AnswerPrinter {
    private static final String RESET = "\033[0m";

    /** From weak to strong. */
    static final int[] BLUES = {67, 32, 27};

    static final int[] REDS = {136, 166, 160};

    private final Console console;
    private final TextPrinter plain;

    TraceColors(Console console, boolean displayPrompt) {
        this.console = console;
        this.plain = new TextPrinter(console, displayPrompt);
    }

    @Override
    public void begin(String prompt) {
        console.say(legend());
        plain.begin(prompt);
    }

    @Override
    public void accept(GenerationEvent event) {
        String color = event instanceof GenerationEvent.Token(var token, var _)
                ? token.trace().map(TokenTrace::delta).map(TraceColors::of).orElse("")
                : "";
        if (color.isEmpty() || event.text().isEmpty()) {
            plain.accept(event);
        } else {
            console.print(color);
            plain.accept(event);
            console.print(RESET);
        }
    }

    @Override
    public void end(GenerationResult result) {
        plain.end(result);
    }

    /** Return what switches to the colour of a Δ, nothing for one near 0. */
    static String of(double delta) {
        double size = Math.abs(delta);
        if (size < 0.05) {
            return "";
        }
        int strength = size < 0.25 ? 0 : size < 0.6 ? 1 : 2;
        int color = (delta < 0 ? BLUES : REDS)[strength];
        return "\033[" + (strength == 2 ? "1;" : "") + "38;5;" + color + "m";
    }

    /** Return a line that explains the colours. */
    static String legend() {
        var line = new StringBuilder("Δ probability: ");
        for (double delta : new double[] {-1, -0.5, -0.1, 0, 0.1, 0.5, 1}) {
            String color = of(delta);
            line.append(color)
                    .append(label(delta))
                    .append(color.isEmpty() ? "" : RESET)
                    .append(' ');
        }
        return line.append("(what the experts changed for the token chosen)").toString();
    }

    private static String label(double delta) {
        double size = Math.abs(delta);
        if (size < 0.05) {
            return "near 0";
        }
        return (delta < 0 ? "<-" : ">") + (size < 0.25 ? "0.05" : size < 0.6 ? "0.25" : "0.6");
    }
}
