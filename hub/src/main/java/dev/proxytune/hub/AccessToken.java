package dev.proxytune.hub;

/** Keep a token from messages, logs and comparisons: only {@link #header()} tells it. */
final class AccessToken {
    private final String value;

    private AccessToken(String value) {
        this.value = value;
    }

    /**
     * Take a token as a variable or a file holds it.
     *
     * @param origin where it comes from, for the message
     * @throws HubException if it cannot be sent; the message does not repeat it
     */
    static AccessToken of(String text, String origin) {
        String value = text.strip();
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new HubException("The token in " + origin
                    + " is empty or has spaces or letters that no token has; correct it or remove it");
        }
        return new AccessToken(value);
    }

    /** Return the value of the header {@code Authorization}. */
    String header() {
        return "Bearer " + value;
    }

    @Override
    public String toString() {
        return "(a token)";
    }
}
