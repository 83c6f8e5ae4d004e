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
    private int[] ends = new int[0];
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
        boolean isAhead = sequence.isReadAhead();
        int position = end(sequence) + 1;
        int index = isAhead ? sequence.reader() : 0;
        int last = isAhead ? sequence.reader() : roles.size() - 1;
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

    /** Return how long the answer would be with all that was read ahead. */
    private static int end(SteeredSequence sequence) {
        return sequence.reader() < 0 ? sequence.length() : end(sequence, sequence.reader());
    }

    /** Return how long the answer would be with all that a role has read ahead. */
    private static int end(SteeredSequence sequence, int role) {
        ReadAhead ahead = sequence.ahead(role);
        return ahead.isBeyond(sequence.length()) ? ahead.end() : sequence.length();
    }

    /**
     * Let the batches of the roles read the tokens of a batch ahead.
     *
     * @param along whether roles read along that have a weight
     */
    void fill(Batch batch, SteeredSequence[] sequences, boolean along) {
        count = 0;
        if (rows.length < batch.size()) {
            rows = new Row[batch.size() * 2];
            ends = new int[batch.size() * 2];
        }
        for (RoleDecoder role : roles) {
            role.begin(batch.size());
        }
        for (int entry = 0; entry < batch.size(); entry++) {
            if (batch.isStart(entry) || !batch.isWanted(entry)) {
                throw new IllegalArgumentException("A draft appends tokens and wants the row after each");
            }
            int number = batch.sequence(entry);
            Checks.require(number < sequences.length, "a sequence number must be below " + sequences.length, number);
            add(entry, number, batch.token(entry), sequences[number], along);
        }
    }

    private void add(int entry, int number, int token, SteeredSequence sequence, boolean along) {
        sequence.prompt();
        int index = reader(sequence, 1);
        if (index < 0) {
            throw new IllegalStateException("Sequence " + number + " has no expert that can read ahead now");
        }
        int end = end(sequence);
        ends[entry] = end + 1;
        for (int other = 0; other < roles.size(); other++) {
            roles.get(other).skip(entry);
            if (other == index || (along && canReadAlong(other, sequence, end))) {
                add(other, entry, number, token, sequence);
            }
        }
        sequence.setReader(index);
        rows[entry] = new KeptRow(sequence.ahead(index).row(end + 1), known, vocabularySize);
    }

    /** Return whether a role has read what the reader has, and will need the row after the next token. */
    private boolean canReadAlong(int index, SteeredSequence sequence, int end) {
        RoleDecoder role = roles.get(index);
        return end(sequence, index) == end
                && sequence.weight(role.pair(), end + 1) != 0
                && role.hasRoom(sequence.prompt(), end + 1)
                && !role.hasTwin(sequence);
    }

    private void add(int index, int entry, int number, int token, SteeredSequence sequence) {
        RoleDecoder role = roles.get(index);
        ReadAhead ahead = sequence.ahead(index);
        ahead.begin(sequence.length());
        if (ahead.end() == sequence.length()) {
            role.catchUp(index, number, sequence, sequence.length(), false);
        }
        role.append(number, token, true);
        role.compute(entry);
        ahead.add(token, role.vocabularySize());
        sequence.setSeen(index, ahead.end());
    }

    /** Keep the rows of what has been decoded. */
    void keep(Batch batch, SteeredSequence[] sequences) {
        for (int index = 0; index < roles.size(); index++) {
            RoleDecoder role = roles.get(index);
            for (int entry = 0; entry < batch.size(); entry++) {
                Row row = role.row(entry);
                if (row != null) {
                    float[] logits =
                            sequences[batch.sequence(entry)].ahead(index).row(ends[entry]);
                    row.copyTo(0, logits, 0, role.vocabularySize());
                }
            }
        }
        count = batch.size();
    }

    /** Return the row after a token of the last batch, as far as all roles know its ids. */
    Row row(int index) {
        return rows[Objects.checkIndex(index, count)];
    }

    /** Let no row be read any more. */
    void clear() {
        count = 0;
    }

    /** Take from the roles that have read ahead their last tokens. */
    void takeBack(int number, SteeredSequence sequence, int tokens) {
        int end = end(sequence);
        int most = end - sequence.length();
        Checks.require(tokens >= 0 && tokens <= most, "at most " + most + " tokens can be taken back", tokens);
        try {
            cut(number, sequence, end - tokens);
        } catch (RuntimeException | Error e) {
            sequence.forget();
            throw e;
        }
    }

    private void cut(int number, SteeredSequence sequence, int length) {
        for (int role = 0; role < roles.size(); role++) {
            if (sequence.ahead(role).isBeyond(length)) {
                cut(role, number, sequence, length);
            }
        }
    }

    private void cut(int role, int number, SteeredSequence sequence, int length) {
        roles.get(role).rewind(number, length);
        sequence.setSeen(role, length);
        sequence.ahead(role).cut(length);
    }

    /** Take from the roles that have read ahead what an answer's next token contradicts. */
    void settle(int number, SteeredSequence sequence, int token) {
        int length = sequence.length();
        for (int role = 0; role < roles.size(); role++) {
            if (sequence.ahead(role).contradicts(length, token)) {
                cut(role, number, sequence, length);
            }
        }
    }
}
