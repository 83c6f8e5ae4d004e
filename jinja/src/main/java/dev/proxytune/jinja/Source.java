package dev.proxytune.jinja;

/** The text of a template as Jinja reads it: line ends are line feeds, and the last one is gone. */
record Source(String text) {

    static Source of(String given) {
        String text =
                given.indexOf('\r') < 0 ? given : given.replace("\r\n", "\n").replace('\r', '\n');
        return new Source(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
    }

    int length() {
        return text.length();
    }

    boolean has(String part, int at) {
        return text.startsWith(part, at);
    }

    /** Return the character at a place, or 0 behind the end. */
    int at(int place) {
        return place < text.length() ? text.codePointAt(place) : 0;
    }

    /** Return the first place from one on that is not white space. */
    int skipSpace(int from) {
        int at = from;
        while (at < text.length() && Chars.isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    TemplateException failure(String reason, int place) {
        int line = 1;
        int start = 0;
        int end = Math.min(place, text.length());
        for (int i = text.indexOf('\n'); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) {
            line++;
            start = i + 1;
        }
        return new TemplateException(reason, line, end - start + 1);
    }
}
