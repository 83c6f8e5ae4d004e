package dev.proxytune.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Hold where the hub and its cache are, as Hugging Face's environment variables tell it.
 *
 * <p>Immutable. The token is read when it is first needed, so that a broken one does not keep the cache from being used.
 */
public final class HubSettings {
    private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");
    private static final Duration USUAL_TIMEOUT = Duration.ofSeconds(30);

    private final Function<String, Optional<String>> variables;
    private final Path home;
    private final URI endpoint;
    private final Path cache;

    private HubSettings(Function<String, Optional<String>> variables, Path home) {
        this.variables = variables;
        this.home = home;
        this.endpoint = endpoint(variables.apply("HF_ENDPOINT").orElse("https://huggingface.co"));
        this.cache = variables
                .apply("HF_HUB_CACHE")
                .or(() -> variables.apply("HUGGINGFACE_HUB_CACHE"))
                .map(this::path)
                .orElseGet(() -> hubHome().resolve("hub"));
    }

    /**
     * Read the settings.
     *
     * @param variables returns an environment variable, empty if it is not set
     * @param home the user's folder
     * @throws HubException if {@code HF_ENDPOINT} is no address, or the cache's variable no path
     */
    public static HubSettings of(Function<String, Optional<String>> variables, Path home) {
        return new HubSettings(name -> variables.apply(name).filter(value -> !value.isBlank()), home);
    }

    /** Read the settings of this process. */
    public static HubSettings ofProcess() {
        return of(name -> Optional.ofNullable(System.getenv(name)), Path.of(System.getProperty("user.home", ".")));
    }

    private static URI endpoint(String text) {
        try {
            URI uri = URI.create(text.strip().replaceFirst("/+$", ""));
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("https") || scheme.equals("http"))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new HubException(
                "HF_ENDPOINT is not the address of a hub; expected something like https://huggingface.co");
    }

    private Path path(String text) {
        try {
            if (text.equals("~") || text.startsWith("~/")) {
                return home.resolve(text.substring(Math.min(2, text.length()))).normalize();
            }
            return Path.of(text).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new HubException("A variable that names a folder of Hugging Face is no path: " + e.getMessage(), e);
        }
    }

    /** Return a path with the user's folder in the place of a {@code ~} that begins it. */
    String expanded(String path) {
        return path.startsWith("~/") ? home.resolve(path.substring(2)).toString() : path;
    }

    private Path hubHome() {
        return variables
                .apply("HF_HOME")
                .map(this::path)
                .orElseGet(() -> variables
                        .apply("XDG_CACHE_HOME")
                        .map(this::path)
                        .orElseGet(() -> home.resolve(".cache"))
                        .resolve("huggingface"));
    }

    /** Return the hub's address, without a slash at its end. */
    public URI endpoint() {
        return endpoint;
    }

    /** Return the cache's folder, which need not exist. */
    public Path cache() {
        return cache;
    }

    /** Return whether the network is not to be used ({@code HF_HUB_OFFLINE}). */
    public boolean isOffline() {
        return isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE");
    }

    /** Return whether progress is to be told in plain lines ({@code HF_HUB_DISABLE_PROGRESS_BARS}). */
    public boolean isWithoutBars() {
        return isTrue("HF_HUB_DISABLE_PROGRESS_BARS");
    }

    boolean isWithoutLinks() {
        return isTrue("HF_HUB_DISABLE_SYMLINKS");
    }

    /** Return how long a connection may be silent. */
    Duration timeout() {
        return variables
                .apply("HF_HUB_DOWNLOAD_TIMEOUT")
                .filter(text -> text.strip().matches("[1-9][0-9]{0,5}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text.strip())))
                .orElse(USUAL_TIMEOUT);
    }

    Proxies proxies() {
        return Proxies.of(variables);
    }

    /** Return the folder of this project's own settings, which need not exist. */
    Path configuration() {
        return variables
                .apply("XDG_CONFIG_HOME")
                .map(this::path)
                .orElseGet(() -> home.resolve(".config"))
                .resolve("proxytune");
    }

    /**
     * Read the token, if there is one.
     *
     * @throws HubException if it cannot be read or sent
     */
    Optional<AccessToken> token() {
        if (isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            return Optional.empty();
        }
        Optional<String> given = variables.apply("HF_TOKEN").or(() -> variables.apply("HUGGING_FACE_HUB_TOKEN"));
        if (given.isPresent()) {
            return given.map(text -> AccessToken.of(text, "HF_TOKEN"));
        }
        Path file = variables
                .apply("HF_TOKEN_PATH")
                .map(this::path)
                .orElseGet(() -> hubHome().resolve("token"));
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            String text = Files.readString(file);
            return text.isBlank() ? Optional.empty() : Optional.of(AccessToken.of(text, file.toString()));
        } catch (IOException e) {
            throw new HubException("The token in " + file + " cannot be read; check its permissions", e);
        }
    }

    private boolean isTrue(String name) {
        return variables
                .apply(name)
                .map(value -> TRUE.contains(value.strip().toLowerCase(Locale.ROOT)))
                .orElse(false);
    }

    @Override
    public String toString() {
        return "hub " + endpoint + ", cache " + cache;
    }
}
