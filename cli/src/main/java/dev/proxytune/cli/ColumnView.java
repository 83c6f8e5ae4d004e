package dev.proxytune.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Draws answers side by side on a terminal, and draws them again whenever one of them grows. */
final class ColumnView implements DemoView {
    private static final int LEAST = 24;
    private static final int GAP = 3;

    private final Console console;
    private final List<String> systems;
    private final int width;
    private final List<ColoredText> answers = new ArrayList<>();
    private int drawn;

    private ColumnView(Console console, List<String> systems, int width) {
        this.console = console;
        this.systems = systems;
        this.width = width;
    }

    /** Return columns if they fit onto the terminal, or else answers one below the other. */
    static DemoView fitting(Console console, List<String> systems, int terminal) {
        // The last column of a terminal stays free: text there makes some of them start a new line.
        int width = (terminal - 1 - GAP * (systems.size() - 1)) / systems.size();
        return width < LEAST ? new StackedView(console, systems) : new ColumnView(console, systems, width);
    }

    @Override
    public void ask(String question) {
        console.print(question + "\n");
        answers.clear();
        systems.forEach(_ -> answers.add(new ColoredText()));
        drawn = 0;
        var headings = systems.stream().map(system -> cut(system)).toList();
        console.print(row(headings) + "\n" + row(Collections.nCopies(systems.size(), "─".repeat(width))) + "\n");
    }

    private String cut(String heading) {
        String shown = heading.length() > width ? heading.substring(0, width) : heading;
        return shown + " ".repeat(width - shown.length());
    }

    private static String row(List<String> cells) {
        return String.join(" ".repeat(GAP), cells);
    }

    @Override
    public void add(int system, String text, String color) {
        answers.get(system).add(text, color);
        draw();
    }

    private void draw() {
        List<List<String>> columns =
                answers.stream().map(answer -> answer.lines(width)).toList();
        int height = columns.stream().mapToInt(List::size).max().orElse(0);
        var block = new StringBuilder(drawn == 0 ? "" : "\033[" + drawn + "A\r");
        for (int line = 0; line < height; line++) {
            int shown = line;
            List<String> cells = columns.stream()
                    .map(column -> shown < column.size() ? column.get(shown) : " ".repeat(width))
                    .toList();
            block.append(row(cells)).append("\033[K\n");
        }
        console.print(block.toString());
        drawn = height;
    }

    @Override
    public void end() {
        console.print("\n");
    }
}
