package dev.proxytune.remote;

import java.util.Locale;
import java.util.stream.Stream;

/** Choose how exactly our own server tells the values of its rows. */
public enum Precision {
    /** Two bytes: an error of up to 1/4096 of the distance to the best token. */
    F16(Short.BYTES),
    /** Four bytes: what the model computes. */
    F32(Float.BYTES);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    int bytes() {
        return bytes;
    }

    /**
     * Return the precision that a user calls so.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Precision named(String label) {
        return Stream.of(values())
                .filter(each -> each.name().equals(label.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the precision must be f16 or f32, got: " + label));
    }
}
