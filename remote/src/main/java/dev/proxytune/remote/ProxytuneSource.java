package dev.proxytune.remote;

import dev.proxytune.Cancellation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Ask our own server, which shares rows as bytes; docs/split.md has the protocol. */
final class ProxytuneSource implements RowSource {
    static final String PATH = "/v1/proxytune/rows";
    static final int VERSION = 1;
    private static final int HEADER = 20;
    private static final byte[] MAGIC = "PTRQ".getBytes(StandardCharsets.US_ASCII);

    private final RemoteHttp http;
    private final byte[] model;
    private final String name;
    private final int vocabularySize;
    private final int mostRows;
    private final int top;
    private final RemoteOptions options;

    ProxytuneSource(RemoteHttp http, ServerFacts facts, RemoteOptions options) {
        this.http = http;
        this.name = facts.model().orElseThrow();
        this.model = name.getBytes(StandardCharsets.UTF_8);
        this.vocabularySize = facts.vocabularySize().orElseThrow();
        this.mostRows = facts.mostRows().orElseThrow();
        // A row is a few bytes a token here, and to ask for more of it costs the server as much as another token.
        this.top = options.top() == RemoteOptions.AUTO ? vocabularySize : options.top(vocabularySize);
        this.options = options;
    }

    @Override
    public void fetch(RowQuery query, Cancellation cancellation) {
        // One after the other: the server then knows what comes before.
        query.runs(mostRows, _ -> false).forEach(run -> fetch(query.tokens(), run, top, cancellation));
    }

    @Override
    public void widen(RowQuery query, RowQuery.Wanted wanted, int[] ids, Cancellation cancellation) {
        RowSource.widen(
                top, vocabularySize, wanted, ids, wider -> fetch(query.tokens(), List.of(wanted), wider, cancellation));
    }

    private void fetch(Tokens tokens, List<RowQuery.Wanted> run, int count, Cancellation cancellation) {
        int told = Math.min(count, vocabularySize);
        int bytes = options.precision(told, vocabularySize).bytes();
        byte[] body = request(tokens.first(run.getLast().length()), run.size(), told, bytes);
        List<RemoteRow> rows = run.stream().map(RowQuery.Wanted::row).toList();
        http.postBytes(
                PATH,
                body,
                in -> {
                    new RowBytes(in, vocabularySize, told, bytes).read(rows);
                    return true;
                },
                cancellation);
    }

    private byte[] request(int[] ids, int rows, int told, int bytes) {
        var out = ByteBuffer.allocate(HEADER + model.length + ids.length * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.put(MAGIC).put((byte) VERSION).put((byte) bytes).putShort((short) model.length);
        out.putInt(told == vocabularySize ? 0 : told).putInt(rows).putInt(ids.length);
        out.put(model).asIntBuffer().put(ids);
        return out.array();
    }

    @Override
    public boolean canContinue() {
        return true;
    }

    @Override
    public int[] tokenize(String text) {
        return TokenList.ask(http, Optional.of(name), text);
    }
}
