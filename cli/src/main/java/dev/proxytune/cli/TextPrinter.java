package dev.proxytune.cli;

import dev.proxytune.GenerationEvent;

/** Print the answer's text and nothing else. */
final class TextPrinter implements AnswerPrinter {
    private final Console console;
    private final boolean displayPrompt;
    private boolean lineEnded;

    TextPrinter(Console console, boolean displayPrompt) {
        this.console = console;
        this.displayPrompt = displayPrompt;
    }

    @Override
    public void begin(String prompt) {
        if (displayPrompt) {
            print(prompt);
        }
    }

    @Override
    public void accept(GenerationEvent event) {
        print(event.text());
    }

    /** A terminal gets its prompt on a line of its own; a file or a pipe the exact text. */
    @Override
    public void end(GenerationResult result) {
        if (console.terminals().out() && !lineEnded) {
            console.print("\n");
        }
    }

    private void print(String text) {
        if (!text.isEmpty()) {
            console.print(text);
            lineEnded = text.endsWith("\n");
        }
    }
}
