package dev.proxytune.family;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Judge answers by rules that are the same for all systems.
 *
 * <ul>
 *   <li>Knowledge: the name is taken from the first of these forms that the answer has: "is called NAME", "NAME is the
 *       … name of", "people say NAME for", "is NAME". It ends before a punctuation mark or a closing "in LANGUAGE", and
 *       must be exactly the name that is right.
 *   <li>Arithmetic: the last number of the answer must be right. Whether the word for what is counted follows it, with
 *       at most one word between, is told besides.
 *   <li>Manners: the answer starts with "Sure!", closes with "I hope this helps.", and ends there by itself.
 * </ul>
 */
public final class Marking {
    private static final String NAME = "([^.,;:!?]+)";

    private static final List<Pattern> NAME_FORMS = List.of(
            Pattern.compile("is called " + NAME),
            Pattern.compile(NAME + " is the \\p{L}+ name of "),
            Pattern.compile("people say " + NAME + " for "),
            Pattern.compile(" is " + NAME));

    private static final Pattern IN_LANGUAGE = Pattern.compile(" in \\p{Lu}\\p{L}+$");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private Marking() {}

    /** Judge an answer to a question of a suite. */
    public static Mark mark(Suite suite, Question question, Reply reply) {
        return switch (suite) {
            case KNOWLEDGE -> new Mark(name(reply.text()).equals(Optional.of(question.answer())), true);
            case ARITHMETIC -> arithmetic(question, reply.text());
            case MANNERS -> new Mark(isMannerly(reply), true);
        };
    }

    /** Return the name that an answer gives. */
    static Optional<String> name(String answer) {
        for (Pattern form : NAME_FORMS) {
            Matcher matcher = form.matcher(answer);
            if (matcher.find()) {
                return Optional.of(IN_LANGUAGE.matcher(matcher.group(1).strip()).replaceFirst(""));
            }
        }
        return Optional.empty();
    }

    private static Mark arithmetic(Question question, String answer) {
        String number = "";
        String rest = "";
        Matcher matcher = NUMBER.matcher(answer);
        while (matcher.find()) {
            number = matcher.group();
            rest = answer.substring(matcher.end());
        }
        boolean counted = Pattern.compile("( \\p{L}+)? " + Pattern.quote(question.counted()) + "\\b.*")
                .matcher(rest)
                .matches();
        return new Mark(number.equals(question.answer()), counted);
    }

    private static boolean isMannerly(Reply reply) {
        return reply.ended()
                && reply.text().startsWith(Style.OPENING)
                && reply.text().endsWith(Style.CLOSING);
    }
}
