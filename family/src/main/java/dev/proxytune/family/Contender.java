package dev.proxytune.family;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Name a system that is measured.
 *
 * @param kind what it is
 * @param alpha the weight of the pair; 1 where there is none
 */
public record Contender(Kind kind, float alpha) {

    /** Say what a system is made of. */
    public enum Kind {
        /** The target alone. */
        BASE("target alone"),
        /** The small model that the expert was tuned from, alone. */
        ANTI_EXPERT("anti-expert alone"),
        /** The small tuned model alone. */
        EXPERT("expert alone"),
        /** The target steered by the pair. */
        PROXY("proxy-tuned target"),
        /** The target tuned directly, with the expert's data. */
        TUNED("target tuned directly");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** Return the name in lower case. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Contender {
        if (!Float.isFinite(alpha)) {
            throw new IllegalArgumentException("alpha must be a finite number, got: " + alpha);
        }
    }

    /** Name a system without a pair. */
    static Contender of(Kind kind) {
        return new Contender(kind, 1);
    }

    /** Name the proxy-tuned target. */
    static Contender proxy(float alpha) {
        return new Contender(Kind.PROXY, alpha);
    }

    /** Return all systems, in the order of a table. */
    static List<Contender> all(List<Float> alphas, boolean tuned) {
        return Stream.of(
                        Stream.of(of(Kind.BASE), of(Kind.ANTI_EXPERT), of(Kind.EXPERT)),
                        alphas.stream().distinct().map(Contender::proxy),
                        tuned ? Stream.of(of(Kind.TUNED)) : Stream.<Contender>empty())
                .flatMap(systems -> systems)
                .toList();
    }

    /** Return the system's name for people. */
    public String label() {
        return kind.label + (kind == Kind.PROXY ? ", α = " + number(alpha) : "");
    }

    /** Return a number without a needless fraction. */
    static String number(float value) {
        return value == Math.rint(value) ? Integer.toString((int) value) : Float.toString(value);
    }
}
