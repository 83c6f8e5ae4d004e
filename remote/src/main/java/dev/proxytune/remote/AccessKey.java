package dev.proxytune.remote;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Hold a key for a server, which no message shows. */
public final class AccessKey {
    /** The variables of the environment that hold keys. */
    public static final List<String> VARIABLES = List.of("PROXYTUNE_REMOTE_KEY", "OPENAI_API_KEY");

    private static final String OPENAI_HOST = "api.openai.com";

    private final String secret;

    private AccessKey(String secret) {
        this.secret = secret;
    }

    /**
     * Hold a key.
     *
     * @throws IllegalArgumentException if it cannot be sent in a header
     */
    public static AccessKey of(String secret) {
        if (secret.isEmpty() || !secret.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new IllegalArgumentException(
                    "a key must be of visible ASCII characters without spaces; this one has others");
        }
        return new AccessKey(secret);
    }

    /**
     * Find the key for a server in the environment: {@code PROXYTUNE_REMOTE_KEY}, or {@code OPENAI_API_KEY} for OpenAI
     * and for what is declared to speak its protocol. A key is never sent to whom it is not meant for.
     *
     * @throws RemoteException if it cannot be sent in a header
     */
    public static Optional<AccessKey> find(Map<String, String> environment, URI server, Optional<Protocol> protocol) {
        boolean openai = protocol.equals(Optional.of(Protocol.OPENAI)) || OPENAI_HOST.equals(server.getHost());
        boolean own = !environment.getOrDefault(VARIABLES.getFirst(), "").isBlank();
        String name = own || !openai ? VARIABLES.getFirst() : VARIABLES.getLast();
        String value = environment.getOrDefault(name, "").strip();
        if (value.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(of(value));
        } catch (IllegalArgumentException e) {
            throw new RemoteException(name + ": " + e.getMessage(), e);
        }
    }

    String header() {
        return "Bearer " + secret;
    }

    /** Take the key out of what a server says. */
    String hide(String text) {
        return text.replace(secret, "…");
    }

    @Override
    public String toString() {
        return "AccessKey[…]";
    }
}
