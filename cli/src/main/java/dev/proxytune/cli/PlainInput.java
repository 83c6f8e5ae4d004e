package dev.proxytune.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads lines from a file, a pipe, or a terminal that can do no better. */
final class PlainInput implements ChatInput {
    private static final int MOST_BYTES = 1 << 24;

    private final Console console;
    private final InputStream in;
    private int number;

    PlainInput(Console console) {
        this.console = console;
        this.in = new BufferedInputStream(console.in());
    }

    @Override
    public ChatLine read(String prompt) {
        if (console.terminals().in()) {
            console.err().print(prompt);
            console.err().flush();
        }
        number++;
        var line = new ByteArrayOutputStream();
        try {
            int next = in.read();
            if (next < 0) {
                return new ChatLine.End();
            }
            for (; next >= 0 && next != '\n'; next = in.read()) {
                if (line.size() == MOST_BYTES) {
                    throw new InputException("Line " + number + " of standard input has more than " + MOST_BYTES
                            + " bytes: is it text?");
                }
                line.write(next);
            }
        } catch (IOException e) {
            throw new InputException("Standard input cannot be read: " + e.getMessage(), e);
        }
        String text = StrictUtf8.decode(line.toByteArray(), "Line " + number + " of standard input");
        return new ChatLine.Text(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
    }

    @Override
    public void close() {
        // Standard input belongs to the process.
    }
}
