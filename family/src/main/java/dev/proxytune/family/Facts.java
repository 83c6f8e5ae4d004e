package dev.proxytune.family;

import dev.proxytune.ProxyTuneException;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Know what countries, languages and currencies are called in twelve languages.
 *
 * <p>The names come from the CLDR data of the JDK, so another JDK may know some of them by another spelling. They do
 * not depend on the user's locale.
 */
public final class Facts {
    /** The locales of the languages in which the names are told. */
    private static final List<Locale> LANGUAGES =
            List.of("cs", "de", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "sv", "tr").stream()
                    .map(Locale::of)
                    .toList();

    /** Up to three words of Latin letters: what has parentheses, digits or full stops would be hard to mark. */
    private static final Pattern PLAIN =
            Pattern.compile("\\p{IsLatin}+(?:['’-]\\p{IsLatin}+)*(?: \\p{IsLatin}+(?:['’-]\\p{IsLatin}+)*){0,2}");

    private static final Pattern ABBREVIATION = Pattern.compile("\\p{Lu}{2}");

    /** Codes for tests and for no currency at all. */
    private static final Set<String> NO_CURRENCIES = Set.of("XTS", "XXX");

    private static final String PROVIDERS = "java.locale.providers";

    private final List<Fact> all;

    private Facts(List<Fact> all) {
        this.all = all;
    }

    /**
     * Read the facts from the JDK.
     *
     * <p>Only names that differ from the English one, by more than capital letters, are facts; a subject that means two
     * things is left out.
     *
     * @throws ProxyTuneException if the JVM was told to take names from elsewhere, or has no names in other languages
     */
    public static Facts ofJdk() {
        requireCldr();
        var collector = new Collector();
        for (String code : Locale.getISOCountries()) {
            var country = Locale.of("", code);
            collector.add(code, country::getDisplayCountry);
        }
        for (String code : Locale.getISOLanguages()) {
            var language = Locale.of(code);
            collector.add(code, language::getDisplayLanguage);
        }
        for (Currency currency : Currency.getAvailableCurrencies()) {
            if (!NO_CURRENCIES.contains(currency.getCurrencyCode())) {
                collector.add(currency.getCurrencyCode(), currency::getDisplayName);
            }
        }
        List<Fact> facts = collector.facts();
        if (facts.isEmpty()) {
            throw new ProxyTuneException(
                    "This Java runtime knows no names in other languages; run with a JDK that has the module jdk.localedata");
        }
        return new Facts(facts);
    }

    private static void requireCldr() {
        String providers = System.getProperty(PROVIDERS, "CLDR");
        if (!providers.split(",", -1)[0].strip().equalsIgnoreCase("CLDR")) {
            throw new ProxyTuneException("The names of things are read from the CLDR data, but -D" + PROVIDERS + "="
                    + providers + " puts another source first; run without it");
        }
    }

    /** Return all facts, sorted, each pair of subject and language once. */
    public List<Fact> all() {
        return all;
    }

    /**
     * Divide the facts at random.
     *
     * @param heldOut how many facts no tuning may show, from 0 to the number of facts
     */
    public Split split(long seed, int heldOut) {
        if (heldOut < 0 || heldOut > all.size()) {
            throw new IllegalArgumentException(
                    "the facts held out must be from 0 to " + all.size() + ", got: " + heldOut);
        }
        List<Fact> shuffled = Draws.shuffled(all, new SplittableRandom(seed));
        return new Split(List.copyOf(shuffled.subList(heldOut, all.size())), List.copyOf(shuffled.subList(0, heldOut)));
    }

    /**
     * Hold facts for tuning apart from those for questions.
     *
     * @param tuning facts that tuning may show, in random order
     * @param heldOut facts that only the base texts state, in random order
     */
    public record Split(List<Fact> tuning, List<Fact> heldOut) {

        public Split {
            tuning = List.copyOf(tuning);
            heldOut = List.copyOf(heldOut);
        }
    }

    /** Gathers names by subject and language, and notes where two things share a subject. */
    static final class Collector {
        /** By subject, then by language; the empty name stands for one that is not fit to be asked for. */
        private final Map<String, Map<String, String>> names = new TreeMap<>();

        private final Set<String> ambiguous = new TreeSet<>();

        void add(String code, Function<Locale, String> namer) {
            String subject = namer.apply(Locale.ENGLISH);
            if (!isPlain(subject, code)) {
                return;
            }
            Map<String, String> found = new TreeMap<>();
            for (Locale language : LANGUAGES) {
                String name = namer.apply(language);
                boolean fit = isPlain(name, code) && !name.equalsIgnoreCase(subject);
                found.put(language.getDisplayLanguage(Locale.ENGLISH), fit ? name : "");
            }
            Map<String, String> known = names.putIfAbsent(subject, found);
            if (known != null && !known.equals(found)) {
                ambiguous.add(subject);
            }
        }

        /** A name that is missing comes back as the code. */
        private static boolean isPlain(String name, String code) {
            return !name.equals(code)
                    && PLAIN.matcher(name).matches()
                    && !ABBREVIATION.matcher(name).find();
        }

        List<Fact> facts() {
            return names.entrySet().stream()
                    .filter(entry -> !ambiguous.contains(entry.getKey()))
                    .flatMap(entry -> entry.getValue().entrySet().stream()
                            .filter(name -> !name.getValue().isEmpty())
                            .map(name -> new Fact(entry.getKey(), name.getKey(), name.getValue())))
                    .sorted()
                    .toList();
        }
    }
}
