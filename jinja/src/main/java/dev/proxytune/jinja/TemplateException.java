package dev.proxytune.jinja;

import dev.proxytune.ProxyTuneException;

/** Report a template that cannot be read, fails on its input, refuses it, or reaches a limit. */
public final class TemplateException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final int line;
    private final int column;

    TemplateException(String reason, int line, int column) {
        super(reason + " (line " + line + ", column " + column + " of the template)");
        this.reason = reason;
        this.line = line;
        this.column = column;
    }

    /** Return what went wrong without the place; for {@code raise_exception} the template's own words. */
    public String reason() {
        return reason;
    }

    /** Return the line in the template, from 1. */
    public int line() {
        return line;
    }

    /** Return the column in the line, in UTF-16 units from 1. */
    public int column() {
        return column;
    }
}
