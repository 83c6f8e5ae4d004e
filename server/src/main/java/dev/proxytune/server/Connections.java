package dev.proxytune.server;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/**
 * Makes connections of which it can be known that the client has gone while its request is still worked on.
 *
 * <p>Helidon tells so only when something is written. Here the connection's bytes come through an {@link Inbox}, which
 * can wait for the next ones while a handler does something else.
 */
final class Connections implements ServerConnectionSelector {
    private static final ScopedValue<Inbox> CURRENT = ScopedValue.newInstance();

    private final ServerConnectionSelector selector;
    private final Silence silence;

    /**
     * Watch the connections that another selector makes.
     *
     * @param silence hears when they wait for their clients
     */
    Connections(ServerConnectionSelector selector, Silence silence) {
        this.selector = selector;
        this.silence = silence;
    }

    /** Return the inbox of the connection whose request this thread handles. */
    static Optional<Inbox> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }

    /** Begin to send to the client of this thread's request, who is hung up on if it does not take what is sent. */
    static Traffic.Pass sending() {
        return current().map(Inbox::sending).orElse(() -> {});
    }

    @Override
    public int bytesToIdentifyConnection() {
        return selector.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return selector.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return selector.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        var inbox = new Inbox(
                context.dataReader(), silence, () -> context.serverSocket().close());
        return new Watched(selector.connection(new Watchable(context, inbox.reader())), inbox);
    }

    private record Watched(ServerConnection connection, Inbox inbox) implements ServerConnection {

        @Override
        public void handle(Limit limit) throws InterruptedException {
            try {
                ScopedValue.where(CURRENT, inbox).call(() -> {
                    connection.handle(limit);
                    return true;
                });
            } catch (InterruptedException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public Duration idleTime() {
            return connection.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            connection.close(interrupt);
        }
    }

    private record Watchable(ConnectionContext context, DataReader dataReader) implements ConnectionContext {

        @Override
        public ListenerContext listenerContext() {
            return context.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return context.executor();
        }

        @Override
        public DataWriter dataWriter() {
            return context.dataWriter();
        }

        @Override
        public Router router() {
            return context.router();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return context.proxyProtocolData();
        }

        @Override
        public HelidonSocket serverSocket() {
            return context.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return context.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return context.localPeer();
        }

        @Override
        public boolean isSecure() {
            return context.isSecure();
        }

        @Override
        public String socketId() {
            return context.socketId();
        }

        @Override
        public String childSocketId() {
            return context.childSocketId();
        }
    }
}
