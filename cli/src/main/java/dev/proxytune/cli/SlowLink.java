package dev.proxytune.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Stands between a client and a server as a network would that delays what it carries, and counts the bytes. */
final class SlowLink implements AutoCloseable {
    private static final int BLOCK = 64 << 10;

    private final URI server;
    private final long delayNanos;
    private final ServerSocket listener;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

    private SlowLink(URI server, Duration roundTrip, ServerSocket listener) {
        this.server = server;
        this.delayNanos = roundTrip.toNanos() / 2;
        this.listener = listener;
    }

    /**
     * Listen on a free port of this machine.
     *
     * @param roundTrip how much longer a question and its answer take, half of it each way
     */
    static SlowLink to(URI server, Duration roundTrip) throws IOException {
        var link = new SlowLink(server, roundTrip, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().name("link").start(link::accept);
        return link;
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** Return how many bytes clients have sent. */
    long sent() {
        return sent.get();
    }

    /** Return how many bytes clients have received. */
    long received() {
        return received.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                Socket there = new Socket(server.getHost(), server.getPort());
                sockets.add(there);
                client.setTcpNoDelay(true);
                there.setTcpNoDelay(true);
                carry(client, there, sent);
                carry(there, client, received);
            } catch (IOException e) {
                // Either this is closed, or the server is gone, of which the client hears.
            }
        }
    }

    /** Bytes on their way, and when they arrive; none at the end. */
    private record Parcel(ByteBuffer bytes, long due) {

        static Parcel of(byte[] block, int count, long due) {
            return new Parcel(ByteBuffer.wrap(Arrays.copyOf(block, count)), due);
        }

        boolean isEnd() {
            return !bytes.hasRemaining();
        }
    }

    private void carry(Socket from, Socket to, AtomicLong count) {
        var way = new LinkedBlockingQueue<Parcel>();
        Thread.ofVirtual().name("link in").start(() -> take(from, way, count));
        Thread.ofVirtual().name("link out").start(() -> deliver(way, to));
    }

    private void take(Socket from, LinkedBlockingQueue<Parcel> way, AtomicLong count) {
        byte[] block = new byte[BLOCK];
        try (InputStream in = from.getInputStream()) {
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                count.addAndGet(read);
                way.add(Parcel.of(block, read, System.nanoTime() + delayNanos));
            }
        } catch (IOException e) {
            // A connection that broke has ended too.
        }
        way.add(Parcel.of(block, 0, System.nanoTime() + delayNanos));
    }

    private static void deliver(LinkedBlockingQueue<Parcel> way, Socket to) {
        try (to;
                OutputStream out = to.getOutputStream()) {
            for (Parcel parcel = way.take(); !parcel.isEnd(); parcel = way.take()) {
                for (long left = parcel.due() - System.nanoTime(); left > 0; left = parcel.due() - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                out.write(parcel.bytes().array());
            }
        } catch (IOException e) {
            // Nobody takes it any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
