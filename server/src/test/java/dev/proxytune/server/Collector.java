package dev.proxytune.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes spans in OTLP over HTTP, and reads as much of the protocol buffers as tests want to know. */
final class Collector implements AutoCloseable {
    final List<Span> spans = new CopyOnWriteArrayList<>();
    final List<String> bodies = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    record Span(
            String trace,
            String id,
            String parent,
            String name,
            long kind,
            long start,
            long end,
            long status,
            Map<String, Object> attributes) {}

    Collector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    Span named(String name) {
        return spans.stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void take(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        bodies.add(new String(body, StandardCharsets.ISO_8859_1));
        for (Field resource : fields(body, 1)) {
            for (Field scope : fields(resource.bytes(), 2)) {
                fields(scope.bytes(), 2).forEach(span -> spans.add(span(span.bytes())));
            }
        }
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
    }

    private static Span span(byte[] bytes) {
        Map<String, Object> attributes = new TreeMap<>();
        for (Field attribute : fields(bytes, 9)) {
            attributes.put(text(first(attribute.bytes(), 1)), value(first(attribute.bytes(), 2)));
        }
        List<Field> parent = fields(bytes, 4);
        List<Field> status = fields(bytes, 15);
        List<Field> code =
                status.isEmpty() ? List.of() : fields(status.getFirst().bytes(), 3);
        return new Span(
                HexFormat.of().formatHex(first(bytes, 1).bytes()),
                HexFormat.of().formatHex(first(bytes, 2).bytes()),
                parent.isEmpty()
                        ? ""
                        : HexFormat.of().formatHex(parent.getFirst().bytes()),
                text(first(bytes, 5)),
                first(bytes, 6).number(),
                first(bytes, 7).number(),
                first(bytes, 8).number(),
                code.isEmpty() ? 0 : code.getFirst().number(),
                attributes);
    }

    private static Object value(Field any) {
        Field value = fields(any.bytes()).getFirst();
        return switch (value.tag()) {
            case 1 -> text(value);
            case 2 -> value.number() != 0;
            case 3 -> value.number();
            case 4 -> Double.longBitsToDouble(value.number());
            case 5 -> fields(value.bytes(), 1).stream().map(Collector::value).toList();
            default -> throw new AssertionError("Unexpected kind of value: " + value.tag());
        };
    }

    private static String text(Field field) {
        return new String(field.bytes(), StandardCharsets.UTF_8);
    }

    private static Field first(byte[] message, int tag) {
        return fields(message, tag).getFirst();
    }

    private static List<Field> fields(byte[] message, int tag) {
        return fields(message).stream().filter(field -> field.tag() == tag).toList();
    }

    private static List<Field> fields(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        List<Field> fields = new ArrayList<>();
        while (in.hasRemaining()) {
            long key = varint(in);
            int tag = (int) (key >>> 3);
            switch ((int) key & 7) {
                case 0 -> fields.add(new Field(tag, varint(in), ByteBuffer.allocate(0)));
                case 1 -> fields.add(new Field(tag, in.getLong(), ByteBuffer.allocate(0)));
                case 2 -> {
                    int length = (int) varint(in);
                    fields.add(new Field(tag, 0, in.slice(in.position(), length)));
                    in.position(in.position() + length);
                }
                case 5 -> fields.add(new Field(tag, in.getInt(), ByteBuffer.allocate(0)));
                default -> throw new AssertionError("Not protocol buffers");
            }
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private record Field(int tag, long number, ByteBuffer content) {

        byte[] bytes() {
            byte[] bytes = new byte[content.remaining()];
            content.duplicate().get(bytes);
            return bytes;
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
