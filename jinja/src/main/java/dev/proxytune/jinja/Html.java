package dev.proxytune.jinja;

/** Escape texts for HTML, which happens only where a template asks for it by {@code safe} or {@code escape}. */
final class Html {
    private Html() {}

    /** Return the text with HTML's characters escaped, unless it was declared safe. */
    static Text escape(Budget budget, Text text) {
        return text.isMarkup() ? text : always(budget, text);
    }

    static Text always(Budget budget, Text text) {
        String string = text.string();
        var builder = new TextBuilder(budget);
        int done = 0;
        for (int i = 0; i < string.length(); i++) {
            String escaped = switch (string.charAt(i)) {
                case '&' -> "&amp;";
                case '<' -> "&lt;";
                case '>' -> "&gt;";
                case '\'' -> "&#39;";
                case '"' -> "&#34;";
                default -> "";
            };
            if (!escaped.isEmpty()) {
                builder.append(text, done, i).append(escaped, text.isInputAt(i));
                done = i + 1;
            }
        }
        return builder.append(text, done, string.length()).build().withMarkup(true);
    }

    /** Return the text without tags and with single spaces. */
    static Text stripTags(Budget budget, Text text) {
        String string = text.string();
        var builder = new TextBuilder(budget);
        budget.scan(string.length());
        int at = 0;
        while (true) {
            int start = string.indexOf('<', at);
            boolean comment = start >= 0 && string.startsWith("<!--", start);
            int end = start < 0 ? -1 : comment ? string.indexOf("-->", start + 4) : string.indexOf('>', start);
            if (end < 0) {
                builder.append(text, at, string.length());
                break;
            }
            builder.append(text, at, start);
            at = end + (comment ? 3 : 1);
        }
        return unescape(budget, words(budget, builder.build()));
    }

    private static Text words(Budget budget, Text text) {
        var joined = new TextBuilder(budget);
        for (Text word : Splitting.words(budget, text, Integer.MAX_VALUE)) {
            if (joined.length() > 0) {
                joined.append(" ", text.isInput());
            }
            joined.append(word);
        }
        return joined.build();
    }

    private static Text unescape(Budget budget, Text text) {
        budget.scan(8L * text.string().length());
        String plain = text.string()
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&#39;", "'")
                .replace("&#34;", "\"")
                .replace("&quot;", "\"")
                .replace("&nbsp;", "\u00a0")
                .replace("&amp;", "&");
        if (plain.equals(text.string())) {
            return text;
        }
        budget.text(plain.length());
        return Text.of(plain, text.isInput());
    }
}
