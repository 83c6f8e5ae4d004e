package dev.proxytune;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Let the experts of a proxy-tuned model read tokens ahead of its answers and keep what they say. Not thread-safe.
 *
 * <p>The first expert with a positive weight for the next token reads: one with a negative weight would guess what the
 * model avoids, and one that is the target itself would cost what it is to spare.
 */
final class AheadReader {
    private final List<RoleDecoder> roles;
    private final int known;
    private final int vocabularySize;
    private Row[] rows = new Row[0];
    private int count;

    /**
     * Create a reader.
     *
     * @param shared how many ids each pair speaks about
     */
    AheadReader(List<RoleDecoder> roles, int[] shared, int vocabularySize) {
        this.roles = roles;
        // What another pair does not know could be a guess, but no decode could check it.
        this.known = Arrays.stream(shared).min().orElse(0);
        this.vocabularySize = vocabularySize;
    }

    /** Return how many ids all roles know. */
    int known() {
        return known;
    }

    /** Return which role can read the sequence's next tokens ahead, −1 if none can. */
    int reader(SteeredSequence sequence, int tokens) {
        ReadAhead ahead = sequence.ahead();
        boolean isAhead = ahead.isBeyond(sequence.length());
        int position = (isAhead ? ahead.end() : sequence.length()) + 1;
        int index = isAhead ? ahead.role() : 0;
        int last = isAhead ? ahead.role() : roles.size() - 1;
        while (index <= last && !isSteering(roles.get(index), sequence, position)) {
            index++;
        }
        return index <= last && canRead(roles.get(index), sequence, position, tokens) ? index : -1;
    }

    private static boolean canRead(RoleDecoder role, SteeredSequence sequence, int position, int tokens) {
        int end = position + tokens;
        int steered = position + 1;
        while (steered < end && isSteering(role, sequence, steered)) {
            steered++;
        }
        return steered == end && role.hasRoom(sequence.prompt(), end - 1);
    }

    private static boolean isSteering(RoleDecoder role, SteeredSequence sequence, int position) {
        return role.isExpert() && sequence.weight(role.pair(), position) > 0 && !role.hasTwin(sequence);
    }

    /** Read the tokens of a batch ahead. */
    void read(Batch batch, SteeredSequence[] sequences, Cancellation cancellation) {
        count = 0;
        if (rows.length < batch.size()) {
            rows = new Row[batch.size() * 2];
        }
        for (int index = 0; index < roles.size(); index++) {
            roles.get(index).begin(batch.size());
        }
        for (int entry = 0; entry < batch.size(); entry++) {
            if (batch.isStart(entry) || !batch.isWanted(entry)) {
                throw new IllegalArgumentException("A draft appends tokens and wants the row after each");
            }
            int number = batch.sequence(entry);
            Checks.require(number < sequences.length, "a sequence number must be below " + sequences.length, number);
            add(entry, number, batch.token(entry), sequences[number]);
        }
        for (RoleDecoder role : roles) {
            if (role.batch().size() > 0) {
                role.decoder().decode(role.batch(), cancellation);
            }
        }
        keep(batch, sequences);
        count = batch.size();
    }

    private void add(int entry, int number, int token, SteeredSequence sequence) {
        sequence.prompt();
        int index = reader(sequence, 1);
        if (index < 0) {
            throw new IllegalStateException("Sequence " + number + " has no expert that can read ahead now");
        }
        RoleDecoder role = roles.get(index);
        ReadAhead ahead = sequence.ahead();
        ahead.begin(index, sequence.length());
        if (ahead.end() == sequence.length()) {
            role.catchUp(index, number, sequence, sequence.length(), false);
        }
        role.append(number, token, true);
        role.compute(entry);
        float[] logits = ahead.add(token, role.vocabularySize());
        sequence.setSeen(index, ahead.end());
        rows[entry] = new KeptRow(logits, known, vocabularySize);
    }

    private void keep(Batch batch, SteeredSequence[] sequences) {
        for (int entry = 0; entry < batch.size(); entry++) {
            RoleDecoder role =
                    roles.get(sequences[batch.sequence(entry)].ahead().role());
            Row row = Objects.requireNonNull(role.row(entry));
            row.copyTo(0, ((KeptRow) rows[entry]).logits(), 0, role.vocabularySize());
        }
    }

    /** Return the row after a token of the last batch, as far as all roles know its ids. */
    Row row(int index) {
        return rows[Objects.checkIndex(index, count)];
    }

    /** Let no row be read any more. */
    void clear() {
        count = 0;
    }

    /** Take from the role that has read ahead its last tokens. */
    void takeBack(int number, SteeredSequence sequence, int tokens) {
        ReadAhead ahead = sequence.ahead();
        int length = ahead.end() - tokens;
        int most = ahead.isBeyond(sequence.length()) ? ahead.end() - sequence.length() : 0;
        Checks.require(tokens >= 0 && tokens <= most, "at most " + most + " tokens can be taken back", tokens);
        if (tokens == 0) {
            return;
        }
        try {
            roles.get(ahead.role()).rewind(number, length);
        } catch (RuntimeException | Error e) {
            sequence.forget();
            throw e;
        }
        sequence.setSeen(ahead.role(), length);
        ahead.cut(length);
    }

    /** Take from the role that has read ahead what an answer's next token contradicts. */
    void settle(int number, SteeredSequence sequence, int token) {
        ReadAhead ahead = sequence.ahead();
        int length = sequence.length();
        if (ahead.contradicts(length, token)) {
            roles.get(ahead.role()).rewind(number, length);
            sequence.setSeen(ahead.role(), length);
            ahead.cut(length);
        }
    }
}
