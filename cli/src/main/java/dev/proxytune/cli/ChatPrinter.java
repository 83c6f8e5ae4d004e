package dev.proxytune.cli;

import dev.proxytune.GenerationEvent;
import dev.proxytune.TokenTrace;

/** Prints an answer's text while it grows, and a line end behind it. */
final class ChatPrinter implements AnswerPrinter {
    private static final String RESET = "\033[0m";

    private final Console console;
    private final boolean colored;
    private boolean lineEnded = true;

    /**
     * Print answers.
     *
     * @param colored whether tokens that have a trace get the colour of their Δ
     */
    ChatPrinter(Console console, boolean colored) {
        this.console = console;
        this.colored = colored;
    }

    @Override
    public void accept(GenerationEvent event) {
        String text = event.text();
        if (text.isEmpty()) {
            return;
        }
        String shown = console.terminals().out() ? printable(text) : text;
        String color = color(event);
        console.print(color.isEmpty() ? shown : color + shown + RESET);
        lineEnded = text.endsWith("\n");
    }

    private String color(GenerationEvent event) {
        return colored && event instanceof GenerationEvent.Token(var token, var _)
                ? token.trace().map(TokenTrace::delta).map(TraceColors::of).orElse("")
                : "";
    }

    private static String printable(String text) {
        var shown = new StringBuilder();
        text.chars().forEach(letter -> shown.append(letter == '\t' ? '\t' : ColoredText.printable((char) letter)));
        return shown.toString();
    }

    /** End the line that the answer's last text stands in. */
    void endLine() {
        if (!lineEnded) {
            console.print("\n");
            lineEnded = true;
        }
    }
}
