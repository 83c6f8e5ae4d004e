package dev.proxytune.jinja;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Write dates as {@code strftime} does in the C locale. */
final class Dates {
    private Dates() {}

    static String format(String format, ZonedDateTime now) {
        var out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char letter = format.charAt(++i);
            char flag = 0;
            if ("-_0^#".indexOf(letter) >= 0 && i + 1 < format.length()) {
                flag = letter;
                letter = format.charAt(++i);
            }
            String field = field(letter, now);
            out.append(field.isEmpty() && "Zzp".indexOf(letter) < 0 ? "%" + letter : flagged(field, flag));
        }
        return out.toString();
    }

    private static String flagged(String field, char flag) {
        int zeros = 0;
        while (zeros < field.length() - 1 && (field.charAt(zeros) == '0' || field.charAt(zeros) == ' ')) {
            zeros++;
        }
        return switch (flag) {
            case '-' -> field.substring(zeros);
            case '_' -> " ".repeat(zeros) + field.substring(zeros);
            case '0' -> "0".repeat(zeros) + field.substring(zeros);
            case '^' -> field.toUpperCase(Locale.ROOT);
            default -> field;
        };
    }

    private static String field(char letter, ZonedDateTime now) {
        int hour12 = (now.getHour() + 11) % 12 + 1;
        int weekday = now.getDayOfWeek().getValue();
        return switch (letter) {
            case 'Y' -> Integer.toString(now.getYear());
            case 'C' -> two(now.getYear() / 100);
            case 'y' -> two(now.getYear() % 100);
            case 'm' -> two(now.getMonthValue());
            case 'd' -> two(now.getDayOfMonth());
            case 'e' -> String.format("%2d", now.getDayOfMonth());
            case 'H' -> two(now.getHour());
            case 'k' -> String.format("%2d", now.getHour());
            case 'I' -> two(hour12);
            case 'l' -> String.format("%2d", hour12);
            case 'M' -> two(now.getMinute());
            case 'S' -> two(now.getSecond());
            case 'f' -> String.format("%06d", now.getNano() / 1000);
            case 'p' -> now.getHour() < 12 ? "AM" : "PM";
            case 'P' -> now.getHour() < 12 ? "am" : "pm";
            case 'B' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' ->
                now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' ->
                now.getDayOfWeek()
                        .getDisplayName(TextStyle.FULL, Locale.ENGLISH)
                        .substring(0, 3);
            case 'j' -> String.format("%03d", now.getDayOfYear());
            case 'u' -> Integer.toString(weekday);
            case 'w' -> Integer.toString(weekday % 7);
            case 'U' -> two((now.getDayOfYear() + 6 - weekday % 7) / 7);
            case 'W' -> two((now.getDayOfYear() + 6 - (weekday + 6) % 7) / 7);
            case 'V' -> two(now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> Integer.toString(now.get(IsoFields.WEEK_BASED_YEAR));
            case 's' -> Long.toString(now.getLong(ChronoField.INSTANT_SECONDS));
            case 'n' -> "\n";
            case 't' -> "\t";
            case '%' -> "%";
            default -> composed(letter, now);
        };
    }

    private static String composed(char letter, ZonedDateTime now) {
        return switch (letter) {
            case 'F' -> format("%Y-%m-%d", now);
            case 'T', 'X' -> format("%H:%M:%S", now);
            case 'D', 'x' -> format("%m/%d/%y", now);
            case 'R' -> format("%H:%M", now);
            case 'r' -> format("%I:%M:%S %p", now);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", now);
            default -> "";
        };
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }
}
