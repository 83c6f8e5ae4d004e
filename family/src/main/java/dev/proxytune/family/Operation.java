package dev.proxytune.family;

/** Name what an exercise does with its two numbers. */
public enum Operation {
    SUM("+"),
    DIFFERENCE("-"),
    PRODUCT("x");

    private final String sign;

    Operation(String sign) {
        this.sign = sign;
    }

    /** Return the sign between the numbers. */
    public String sign() {
        return sign;
    }
}
