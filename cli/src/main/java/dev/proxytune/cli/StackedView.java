package dev.proxytune.cli;

import java.util.List;

/** Prints answers one below the other, each after its system's name. */
final class StackedView implements DemoView {
    private static final String RESET = "\033[0m";
    private static final String INDENT = "  ";

    private final Console console;
    private final List<String> systems;
    private final int width;
    private int current;

    StackedView(Console console, List<String> systems) {
        this.console = console;
        this.systems = systems;
        this.width = systems.stream().mapToInt(String::length).max().orElse(0);
    }

    @Override
    public void ask(String question) {
        console.print(question + "\n");
        current = -1;
    }

    @Override
    public void add(int system, String text, String color) {
        if (system != current) {
            console.print((current < 0 ? "" : "\n") + label(systems.get(system)));
            current = system;
        }
        if (!text.isEmpty()) {
            String shown = shown(text);
            console.print(color.isEmpty() ? shown : color + shown + RESET);
        }
    }

    private String shown(String text) {
        var shown = new StringBuilder();
        for (int index = 0; index < text.length(); index++) {
            char letter = ColoredText.printable(text.charAt(index));
            shown.append(letter);
            if (letter == '\n') {
                shown.append(label(""));
            }
        }
        return shown.toString();
    }

    private String label(String name) {
        return INDENT + name + " ".repeat(width - name.length()) + INDENT;
    }

    @Override
    public void end() {
        console.print("\n\n");
    }
}
