package dev.proxytune.remote;

import dev.proxytune.Batch;
import dev.proxytune.Cancellation;
import dev.proxytune.Capability;
import dev.proxytune.CapacityException;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.OwnerLock;
import dev.proxytune.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Keep the token ids of sequences and fetch the rows after them. */
final class RemoteDecoder implements Decoder, Capability.Rewind, Capability.Fork, Capability.Widen {
    private final RowSource source;
    private final int vocabularySize;
    private final int remoteSize;
    private final int contextLength;
    private final int maxRows;
    private final Sequence[] sequences;
    private final List<RemoteRow> rows = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();
    private final OwnerLock owner = new OwnerLock();
    private final String server;

    /**
     * Create a decoder.
     *
     * @param server the address of what computes
     */
    RemoteDecoder(
            RowSource source,
            String server,
            int vocabularySize,
            int remoteSize,
            int contextLength,
            DecoderOptions options) {
        this.source = source;
        this.server = server;
        this.vocabularySize = vocabularySize;
        this.remoteSize = remoteSize;
        this.contextLength = contextLength;
        this.maxRows = options.maxRows();
        this.sequences = new Sequence[options.sequences()];
        Arrays.setAll(sequences, _ -> new Sequence());
    }

    /** Hold one text. */
    private static final class Sequence {
        private final Tokens tokens = new Tokens();
        private int promptLength = -1;

        private void requireStarted() {
            if (promptLength < 0) {
                throw new IllegalStateException("The sequence holds no prompt; start it first");
            }
        }

        private int length() {
            return promptLength < 0 ? 0 : tokens.size() - promptLength;
        }
    }

    /** Remember what a row of the last decode was asked for with. */
    private record Asked(RowQuery query, RowQuery.Wanted wanted) {}

    @Override
    public int sequences() {
        return sequences.length;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int maxRows() {
        return maxRows;
    }

    @Override
    public Set<String> resources() {
        return Set.of(server);
    }

    @Override
    public void decode(Batch batch, Cancellation cancellation) {
        owner.enter();
        asked.clear();
        try {
            cancellation.check();
            List<RowQuery> queries = apply(batch);
            List<Consumer<Cancellation>> fetches = new ArrayList<>();
            for (RowQuery query : queries) {
                fetches.add(own -> source.fetch(query, own));
            }
            if (!fetches.isEmpty()) {
                RemoteHttp.runAll(fetches, cancellation);
            }
        } catch (RuntimeException | Error e) {
            asked.clear();
            for (int entry = 0; entry < batch.size(); entry++) {
                if (batch.sequence(entry) < sequences.length) {
                    sequences[batch.sequence(entry)].promptLength = -1;
                }
            }
            throw e;
        } finally {
            owner.leave();
        }
    }

    /** Bring the sequences up to the end of the batch, and return what is to be fetched, a query for each sequence. */
    private List<RowQuery> apply(Batch batch) {
        if (batch.rows() > maxRows) {
            throw new CapacityException(
                    "A decode was asked for " + batch.rows() + " rows; this decoder was opened for " + maxRows);
        }
        Map<Integer, List<RowQuery.Wanted>> wanted = new LinkedHashMap<>();
        List<Integer> order = new ArrayList<>();
        List<RowQuery.Wanted> all = new ArrayList<>();
        for (int entry = 0; entry < batch.size(); entry++) {
            int number = batch.sequence(entry);
            if (number >= sequences.length) {
                throw new IllegalArgumentException(
                        "a sequence number must be below " + sequences.length + ", got: " + number);
            }
            Sequence sequence = sequences[number];
            apply(batch, entry, sequence);
            if (batch.isWanted(entry)) {
                var row = new RowQuery.Wanted(sequence.tokens.size(), empty(all.size()));
                wanted.computeIfAbsent(number, _ -> new ArrayList<>()).add(row);
                order.add(number);
                all.add(row);
            }
        }
        Map<Integer, RowQuery> queries = new LinkedHashMap<>();
        wanted.forEach((number, list) ->
                queries.put(number, new RowQuery(sequences[number].tokens, sequences[number].promptLength, list)));
        for (int row = 0; row < all.size(); row++) {
            asked.add(new Asked(Objects.requireNonNull(queries.get(order.get(row))), all.get(row)));
        }
        return List.copyOf(queries.values());
    }

    private void apply(Batch batch, int entry, Sequence sequence) {
        if (batch.isStart(entry)) {
            sequence.tokens.set(batch.prompt(entry));
            sequence.promptLength = sequence.tokens.size();
        } else {
            sequence.requireStarted();
            sequence.tokens.add(requireId(batch.token(entry)));
        }
        if (sequence.tokens.size() > contextLength) {
            throw new CapacityException("The remote model's context holds " + contextLength
                    + " tokens, but the prompt has " + sequence.promptLength + " and the answer " + sequence.length()
                    + "; shorten the prompt or make the server's context longer");
        }
    }

    private int requireId(int token) {
        if (token >= vocabularySize) {
            throw new IllegalArgumentException("a token id must be below " + vocabularySize + ", got: " + token);
        }
        return token;
    }

    /** Return the row of a number, which keeps its array from decode to decode. */
    private RemoteRow empty(int index) {
        while (rows.size() <= index) {
            rows.add(new RemoteRow(vocabularySize, remoteSize));
        }
        RemoteRow row = rows.get(index);
        row.clear();
        return row;
    }

    @Override
    public Row row(int index) {
        owner.checkOpen();
        Objects.checkIndex(index, asked.size());
        return rows.get(index);
    }

    @Override
    public void widen(Map<Integer, int[]> ids, Cancellation cancellation) {
        owner.enter();
        try {
            List<Consumer<Cancellation>> requests = new ArrayList<>();
            ids.forEach((row, wanted) -> {
                Asked before = asked.get(row);
                requests.add(own -> source.widen(before.query(), before.wanted(), wanted, own));
            });
            if (!requests.isEmpty()) {
                RemoteHttp.runAll(requests, cancellation);
            }
        } finally {
            owner.leave();
        }
    }

    @Override
    public int length(int sequence) {
        return sequence(sequence).length();
    }

    @Override
    public int remaining(int sequence) {
        return contextLength
                - (sequence(sequence).promptLength < 0
                        ? 0
                        : sequence(sequence).tokens.size());
    }

    @Override
    public <C extends Capability> Optional<C> find(Class<C> capability) {
        owner.checkOpen();
        boolean able = capability.isInstance(this) && (source.canContinue() || capability != Rewind.class);
        return able ? Optional.of(capability.cast(this)) : Optional.empty();
    }

    @Override
    public void rewind(int number, int length) {
        owner.enter();
        try {
            Sequence sequence = sequence(number);
            sequence.requireStarted();
            if (length < 0 || length > sequence.length()) {
                throw new IllegalArgumentException("an answer is cut to a part of it, got: " + length);
            }
            sequence.tokens.cut(sequence.promptLength + length);
        } finally {
            owner.leave();
        }
    }

    @Override
    public void fork(int from, int to) {
        owner.enter();
        try {
            Sequence source = sequence(from);
            source.requireStarted();
            if (from != to) {
                Sequence copy = sequence(to);
                copy.tokens.set(source.tokens);
                copy.promptLength = source.promptLength;
            }
        } finally {
            owner.leave();
        }
    }

    @Override
    public void close() {
        owner.close(() -> {
            rows.clear();
            asked.clear();
        });
    }

    private Sequence sequence(int number) {
        owner.checkOpen();
        return sequences[Objects.checkIndex(number, sequences.length)];
    }
}
