package dev.proxytune.remote;

import dev.proxytune.ProxyTuneException;

/** Report that a server refuses a request, whatever the number of tries. */
final class StatusException extends ProxyTuneException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String said;

    StatusException(String address, int status, String said) {
        super(address + " refuses with status " + status + (said.isEmpty() ? "" : ": " + said) + advice(status));
        this.status = status;
        this.said = said;
    }

    private static String advice(int status) {
        return switch (status) {
            case 401, 403 -> "; PROXYTUNE_REMOTE_KEY holds the key, for OpenAI OPENAI_API_KEY does as well";
            case 301, 302, 303, 307, 308 ->
                "; redirects are not followed, as keys would go along: give the address they lead to";
            case 404 -> "; check the address, and --remote";
            default -> "";
        };
    }

    /** Return whether a key is missing or wrong. */
    boolean isOfKeys() {
        return status == 401 || status == 403;
    }

    /** Return whether the request is not one that the server takes. */
    boolean isRefusal() {
        return status == 400 || status == 422;
    }

    /** Return whether the server knows no such request. */
    boolean isMissing() {
        return status == 404 || status == 405 || status == 501;
    }

    int status() {
        return status;
    }

    /** Return the server's own words. */
    String said() {
        return said;
    }
}
