package dev.proxytune.eval;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Handle texts as the published evaluations do, which were written in Python. */
final class Texts {
    /** Digits of any script, as Python's \d. */
    private static final Pattern COMMA = Pattern.compile("(\\p{Nd}),(\\p{Nd})");

    private static final Pattern NUMBER = Pattern.compile("[-+]?\\p{Nd}*\\.\\p{Nd}+|\\p{Nd}+");

    /** A sign after a digit, a letter or a closing bracket joins two numbers, or is a hyphen. */
    private static final Pattern IN_TEXT =
            Pattern.compile("((?<![\\p{L}\\p{N})\\]%.,+−-])[-+−])?\\p{Sc}?(\\p{Nd}*\\.\\p{Nd}+|\\p{Nd}+)");

    private static final Pattern SIGNED =
            Pattern.compile("[-+]?(\\p{Nd}+(\\.\\p{Nd}*)?|\\.\\p{Nd}+)([eE][-+]?\\p{Nd}{1,4})?");
    private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private Texts() {}

    /** Python counts no-break spaces as white space, Java does not. */
    private static boolean isSpace(int character) {
        return Character.isWhitespace(character) || Character.isSpaceChar(character) || character == 0x85;
    }

    static String stripTrailing(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    static String strip(String text) {
        String trimmed = stripTrailing(text);
        int start = 0;
        while (start < trimmed.length() && isSpace(trimmed.charAt(start))) {
            start++;
        }
        return trimmed.substring(start);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Lower case and no ASCII punctuation, as the exact_match of Hugging Face's evaluate with both of its options. */
    static String bare(String text) {
        var kept = new StringBuilder();
        lower(text).chars().filter(c -> PUNCTUATION.indexOf(c) < 0).forEach(c -> kept.append((char) c));
        return kept.toString();
    }

    /** Write 1,234 as 1234. One pass: of 1,2,3 only the first comma goes, as each match takes both digits. */
    static String withoutCommas(String text) {
        return COMMA.matcher(text).replaceAll("$1$2");
    }

    /** Return the last number as the published pattern finds it: a sign counts only before a decimal. */
    static Optional<String> lastNumber(String text) {
        Matcher matcher = NUMBER.matcher(withoutCommas(text));
        String last = null;
        while (matcher.find()) {
            last = matcher.group();
        }
        return Optional.ofNullable(last);
    }

    /** Return the last number with its sign, which the published pattern drops before whole numbers. */
    private static Optional<BigDecimal> lastValue(String text) {
        Matcher matcher = IN_TEXT.matcher(withoutCommas(text));
        String last = null;
        while (matcher.find()) {
            last = (matcher.group(1) == null ? "" : matcher.group(1)) + matcher.group(2);
        }
        return Optional.ofNullable(last).flatMap(Texts::number);
    }

    /** Return the value of a text that is a number, with or without currency, commas, a percent sign or a full stop. */
    static Optional<BigDecimal> number(String text) {
        String bare = withoutCommas(strip(text)).replace('−', '-').replaceAll("^([-+]?)\\s*\\p{Sc}\\s*", "$1");
        bare = bare.replaceAll("\\s*%?\\.?$", "");
        return SIGNED.matcher(bare).matches() ? Optional.of(new BigDecimal(plainDecimal(bare))) : Optional.empty();
    }

    /** BigDecimal wants a digit on neither side in particular, but no bare point at the end before an exponent. */
    private static String plainDecimal(String number) {
        return number.replaceFirst("\\.(?=[eE]|$)", "");
    }

    /** Return whether two texts mean the same number, however it is written. */
    static boolean isSameNumber(String one, String other) {
        Optional<BigDecimal> first = number(one).or(() -> lastValue(one));
        Optional<BigDecimal> second = number(other).or(() -> lastValue(other));
        return first.isPresent() && second.isPresent() && first.get().compareTo(second.get()) == 0;
    }

    /** Drop lines that assert or print, and space at the end, as the published evaluation of code does. */
    static String cleanCode(String output) {
        List<String> kept = Arrays.stream(output.split("\n", -1))
                .filter(line ->
                        !strip(line).startsWith("assert") && !strip(line).startsWith("print"))
                .toList();
        return stripTrailing(String.join("\n", kept));
    }
}
