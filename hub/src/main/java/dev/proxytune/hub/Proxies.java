package dev.proxytune.hub;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Choose a proxy by {@code HTTP_PROXY}, {@code HTTPS_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}, in either case. */
final class Proxies extends ProxySelector {
    private static final int USUAL_PORT = 80;

    /** A proxy, and what it wants to be told about its user. */
    private record Server(InetSocketAddress address, Optional<PasswordAuthentication> user) {}

    private final Optional<Server> http;
    private final Optional<Server> https;
    private final List<String> exceptions;

    private Proxies(Optional<Server> http, Optional<Server> https, List<String> exceptions) {
        this.http = http;
        this.https = https;
        this.exceptions = exceptions;
    }

    /**
     * Read the variables.
     *
     * @throws HubException if one is no address; the message does not repeat it, as it may hold a password
     */
    static Proxies of(Function<String, Optional<String>> variables) {
        Optional<Server> all = server("ALL_PROXY", variables);
        return new Proxies(
                server("HTTP_PROXY", variables).or(() -> all),
                server("HTTPS_PROXY", variables).or(() -> all),
                value("NO_PROXY", variables).stream()
                        .flatMap(list -> List.of(list.split(",")).stream())
                        .map(name -> name.strip().toLowerCase(Locale.ROOT))
                        .filter(name -> !name.isEmpty())
                        .toList());
    }

    private static Optional<String> value(String name, Function<String, Optional<String>> variables) {
        return variables.apply(name.toLowerCase(Locale.ROOT)).or(() -> variables.apply(name));
    }

    private static Optional<Server> server(String name, Function<String, Optional<String>> variables) {
        return value(name, variables).map(text -> {
            try {
                URI uri = URI.create(text.contains("://") ? text : "http://" + text);
                if (uri.getHost() != null && "http".equalsIgnoreCase(uri.getScheme())) {
                    int port = uri.getPort() < 0 ? USUAL_PORT : uri.getPort();
                    return new Server(
                            InetSocketAddress.createUnresolved(uri.getHost(), port),
                            Optional.ofNullable(uri.getRawUserInfo()).map(Proxies::user));
                }
            } catch (IllegalArgumentException e) {
                // Told below, without the text.
            }
            throw new HubException(name + " is not the address of an HTTP proxy; expected http://host:port");
        });
    }

    private static PasswordAuthentication user(String text) {
        String[] parts = text.split(":", 2);
        return new PasswordAuthentication(
                decoded(parts[0]), decoded(parts.length < 2 ? "" : parts[1]).toCharArray());
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Return what answers proxies that ask for a user, if one of them has a user. */
    Optional<Authenticator> authenticator() {
        boolean needed = http.flatMap(Server::user).isPresent()
                || https.flatMap(Server::user).isPresent();
        return needed ? Optional.of(new ProxyUsers()) : Optional.empty();
    }

    /** Tells a proxy, and nobody else, its own user. */
    private final class ProxyUsers extends Authenticator {
        // Null is the JDK's word for "no answer".
        @Override
        @SuppressWarnings("NullAway")
        protected PasswordAuthentication getPasswordAuthentication() {
            if (getRequestorType() != RequestorType.PROXY) {
                return null;
            }
            for (Optional<Server> server : List.of(https, http)) {
                if (server.isPresent()
                        && server.get().address().getHostString().equalsIgnoreCase(getRequestingHost())
                        && server.get().address().getPort() == getRequestingPort()) {
                    return server.get().user().orElse(null);
                }
            }
            return null;
        }
    }

    @Override
    public List<Proxy> select(URI uri) {
        Optional<Server> server = "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
        if (server.isEmpty() || uri.getHost() == null || isExcepted(uri)) {
            return List.of(Proxy.NO_PROXY);
        }
        InetSocketAddress address = server.get().address();
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(address.getHostString(), address.getPort())));
    }

    private boolean isExcepted(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        for (String exception : exceptions) {
            String name = exception;
            int colon = name.lastIndexOf(':');
            if (colon > 0 && name.substring(colon + 1).matches("[0-9]+")) {
                if (!name.substring(colon + 1).equals(Integer.toString(uri.getPort()))) {
                    continue;
                }
                name = name.substring(0, colon);
            }
            name = name.startsWith("*.") ? name.substring(2) : name.startsWith(".") ? name.substring(1) : name;
            if (name.equals("*") || host.equals(name) || host.endsWith("." + name)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // The request fails, and says so.
    }
}
