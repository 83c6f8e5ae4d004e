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
            case 404 -> "; check the address, and --remote";
            default -> "";
        };
    }

    int status() {
        return status;
    }

    /** Return the server's own words. */
    String said() {
        return said;
    }
}
