package dev.proxytune;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decode a target and its experts in turn and combine their rows. */
final class ProxyTunedDecoder implements Decoder, Capability.Rewind, Capability.Fork {
    /*
     * Implementation note. The target decodes every batch as it comes. An expert or anti-expert decodes only for rows
     * in which its pair has a weight; tokens it has not seen yet wait in the sequence's answer and are decoded in one
     * go when it is needed. So α = 0 costs the target alone, and a schedule that switches a pair off and on costs what
     * it uses.
     */
    private final Decoder target;
    private final List<Role> roles;
    private final int[] shared;
    private final int vocabularySize;
    private final Sequence[] states;
    private final Batch targetBatch = new Batch();
    private final CombinedRow.Scratch scratch = new CombinedRow.Scratch();
    private final ReentrantLock owner = new ReentrantLock();
    private float[] weights = new float[0];
    private int rows;
    private volatile boolean closed;

    ProxyTunedDecoder(Decoder target, List<Role> roles, int[] shared, int vocabularySize) {
        this.target = target;
        this.roles = roles;
        this.shared = shared;
        this.vocabularySize = vocabularySize;
        this.states = new Sequence[target.sequences()];
        Arrays.setAll(states, i -> new Sequence(roles.size()));
    }

    /** Run one expert or anti-expert. */
    static final class Role {
        private final Decoder decoder;
        private final int vocabularySize;
        private final int pair;
        private final boolean expert;
        private final Batch batch = new Batch();
        private int[] rowOf = new int[0];

        Role(Decoder decoder, int vocabularySize, int pair, boolean expert) {
            this.decoder = decoder;
            this.vocabularySize = vocabularySize;
            this.pair = pair;
            this.expert = expert;
        }

        private Prompt prompt(Prompt prompt) {
            return expert ? prompt.expert(pair) : prompt.antiExpert(pair);
        }

        private @Nullable Row row(int index) {
            return rowOf[index] < 0 ? null : decoder.row(rowOf[index]);
        }

        private String name() {
            return expert ? "expert" : "anti-expert";
        }
    }

    /** Remember what a sequence holds, and how much of it each role has seen. */
    private static final class Sequence {
        private @Nullable Prompt prompt;
        private Steering steering = Steering.DEFAULT;
        private int[] answer = new int[64];
        private int length;
        /** How many answer tokens each role has decoded; −1 if it does not hold the prompt either. */
        private final int[] seen;

        Sequence(int roles) {
            seen = new int[roles];
        }

        private void start(Prompt with, Steering by) {
            prompt = with;
            steering = by;
            length = 0;
            Arrays.fill(seen, -1);
        }

        private void forget() {
            prompt = null;
            length = 0;
        }

        private void append(int token) {
            if (length == answer.length) {
                answer = Arrays.copyOf(answer, length * 2);
            }
            answer[length++] = token;
        }

        private Prompt prompt() {
            if (prompt == null) {
                throw new IllegalArgumentException("The sequence has not been started with a prompt");
            }
            return prompt;
        }
    }

    @Override
    public int sequences() {
        return states.length;
    }

    @Override
    public int contextLength() {
        return roles.stream().mapToInt(role -> role.decoder.contextLength()).reduce(target.contextLength(), Math::min);
    }

    @Override
    public int maxRows() {
        return roles.stream().mapToInt(role -> role.decoder.maxRows()).reduce(target.maxRows(), Math::min);
    }

    @Override
    public void decode(Batch batch, Cancellation cancellation) {
        enter();
        rows = 0;
        try {
            record(batch);
            for (int role = 0; role < roles.size(); role++) {
                fill(role, roles.get(role), batch);
            }
            target.decode(targetBatch, cancellation);
            for (Role role : roles) {
                if (role.batch.size() > 0) {
                    role.decoder.decode(role.batch, cancellation);
                }
            }
            rows = batch.rows();
        } catch (RuntimeException | Error e) {
            forget(batch);
            throw e;
        } finally {
            owner.unlock();
        }
    }

    /** Bring the states up to the end of the batch, and note the weight of each pair in each wanted row. */
    private void record(Batch batch) {
        int pairs = shared.length;
        if (weights.length < batch.rows() * pairs) {
            weights = new float[batch.rows() * pairs];
        }
        targetBatch.clear();
        int row = 0;
        for (int entry = 0; entry < batch.size(); entry++) {
            int sequence = batch.sequence(entry);
            Checks.require(sequence < states.length, "a sequence number must be below " + states.length, sequence);
            Sequence state = states[sequence];
            if (batch.isStart(entry)) {
                state.start(batch.prompt(entry), batch.steering(entry));
                targetBatch.start(
                        sequence, Prompt.of(batch.prompt(entry).tokens()), Steering.DEFAULT, batch.isWanted(entry));
            } else {
                state.prompt();
                Checks.require(
                        batch.token(entry) < vocabularySize,
                        "a token id must be below " + vocabularySize,
                        batch.token(entry));
                state.append(batch.token(entry));
                targetBatch.append(sequence, batch.token(entry), batch.isWanted(entry));
            }
            checkRoom("target", target, state.prompt(), state.length);
            if (batch.isWanted(entry)) {
                for (int pair = 0; pair < pairs; pair++) {
                    weights[row * pairs + pair] = weight(state.steering, pair, state.length);
                }
                row++;
            }
        }
    }

    private static void checkRoom(String role, Decoder decoder, Prompt prompt, int answer) {
        int tokens = prompt.length() + answer;
        if (tokens > decoder.contextLength()) {
            throw new CapacityException("The " + role + "'s context holds " + decoder.contextLength()
                    + " tokens, but the prompt has " + prompt.length() + " and the answer " + answer
                    + "; shorten the prompt or make the context longer");
        }
    }

    /** Give a role, for each row it has a weight in, the tokens up to that row that it has not seen. */
    private void fill(int index, Role role, Batch batch) {
        role.batch.clear();
        if (role.rowOf.length < batch.rows()) {
            role.rowOf = new int[batch.rows()];
        }
        int row = 0;
        int roleRow = 0;
        int[] ends = new int[states.length];
        for (int entry = 0; entry < batch.size(); entry++) {
            ends[batch.sequence(entry)] -= batch.isStart(entry) ? 0 : 1;
        }
        for (int entry = 0; entry < batch.size(); entry++) {
            int sequence = batch.sequence(entry);
            int position = batch.isStart(entry) ? 0 : states[sequence].length + ++ends[sequence];
            if (!batch.isWanted(entry)) {
                continue;
            }
            boolean weighed = weights[row * shared.length + role.pair] != 0;
            role.rowOf[row] = weighed ? roleRow++ : -1;
            if (weighed) {
                catchUp(index, role, sequence, position);
            }
            row++;
        }
    }

    private void catchUp(int index, Role role, int sequence, int position) {
        Sequence state = states[sequence];
        Prompt prompt = role.prompt(state.prompt());
        checkRoom(role.name(), role.decoder, prompt, position);
        if (state.seen[index] < 0) {
            role.batch.start(sequence, prompt, Steering.DEFAULT, position == 0);
            state.seen[index] = 0;
        }
        while (state.seen[index] < position) {
            int token = state.answer[state.seen[index]++];
            if (token >= role.vocabularySize) {
                throw new VocabularyMismatchException(
                        "The " + role.name() + " has no token id " + token
                                + ", which the answer holds; ban it with a logit bias, or choose models of the same vocabulary");
            }
            role.batch.append(sequence, token, state.seen[index] == position);
        }
    }

    private void forget(Batch batch) {
        for (int entry = 0; entry < batch.size(); entry++) {
            if (batch.sequence(entry) < states.length) {
                states[batch.sequence(entry)].forget();
            }
        }
    }

    @Override
    public Row row(int index) {
        checkOpen();
        Objects.checkIndex(index, rows);
        CombinedRow.Part[] parts = new CombinedRow.Part[shared.length];
        for (int pair = 0; pair < parts.length; pair++) {
            float weight = weights[index * shared.length + pair];
            Row expert = roleRow(pair, true, index);
            Row antiExpert = roleRow(pair, false, index);
            parts[pair] = new CombinedRow.Part(weight, expert, antiExpert, shared[pair], vocabularySize, scratch);
        }
        return new CombinedRow(target.row(index), parts, scratch);
    }

    private @Nullable Row roleRow(int pair, boolean expert, int index) {
        for (Role role : roles) {
            if (role.pair == pair && role.expert == expert) {
                return role.row(index);
            }
        }
        return null;
    }

    @Override
    public int length(int sequence) {
        return state(sequence).length;
    }

    @Override
    public int remaining(int sequence) {
        Sequence state = state(sequence);
        int remaining = target.remaining(sequence);
        if (state.prompt == null) {
            return remaining;
        }
        for (Role role : roles) {
            int room = role.decoder.contextLength() - role.prompt(state.prompt).length();
            int position = Math.max(room, state.length) + 1;
            while (position <= state.length + remaining && weight(state.steering, role.pair, position) == 0) {
                position++;
            }
            remaining = Math.min(remaining, position - 1 - state.length);
        }
        return remaining;
    }

    @Override
    public <C extends Capability> Optional<C> find(Class<C> capability) {
        checkOpen();
        boolean all = target.find(capability).isPresent()
                && roles.stream().allMatch(role -> role.decoder.find(capability).isPresent());
        return all ? Optional.of(capability.cast(this)) : Optional.empty();
    }

    @Override
    public void rewind(int sequence, int length) {
        enter();
        try {
            Sequence state = state(sequence);
            state.prompt();
            Checks.require(length >= 0 && length <= state.length, "an answer is cut to a part of it", length);
            rewind(state, sequence, length);
        } finally {
            owner.unlock();
        }
    }

    private void rewind(Sequence state, int sequence, int length) {
        try {
            target.require(Capability.Rewind.class).rewind(sequence, length);
            for (int role = 0; role < roles.size(); role++) {
                if (state.seen[role] > length) {
                    roles.get(role).decoder.require(Capability.Rewind.class).rewind(sequence, length);
                    state.seen[role] = length;
                }
            }
            state.length = length;
        } catch (RuntimeException | Error e) {
            state.forget();
            throw e;
        }
    }

    @Override
    public void fork(int from, int to) {
        enter();
        try {
            Sequence source = state(from);
            source.prompt();
            Sequence copy = state(to);
            if (from != to) {
                fork(source, from, copy, to);
            }
        } finally {
            owner.unlock();
        }
    }

    private void fork(Sequence source, int from, Sequence copy, int to) {
        try {
            copy.start(source.prompt(), source.steering);
            target.require(Capability.Fork.class).fork(from, to);
            for (int role = 0; role < roles.size(); role++) {
                if (source.seen[role] >= 0) {
                    roles.get(role).decoder.require(Capability.Fork.class).fork(from, to);
                    copy.seen[role] = source.seen[role];
                }
            }
            copy.answer = source.answer.clone();
            copy.length = source.length;
        } catch (RuntimeException | Error e) {
            copy.forget();
            throw e;
        }
    }

    @Override
    public void close() {
        owner.lock();
        try {
            if (!closed) {
                closed = true;
                ProxyTunedModel.closeAll(
                        Stream.concat(Stream.of(target), roles.stream().map(role -> role.decoder))
                                .toList());
            }
        } finally {
            owner.unlock();
        }
    }

    private void enter() {
        if (!owner.tryLock()) {
            throw new IllegalStateException("Another thread is inside this decoder; one thread at a time may use it");
        }
        if (closed) {
            owner.unlock();
            checkOpen();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("The decoder is closed");
        }
    }

    private Sequence state(int sequence) {
        checkOpen();
        return states[Objects.checkIndex(sequence, states.length)];
    }

    private static float weight(Steering steering, int pair, int position) {
        float weight = steering.weight(pair, position);
        Checks.require(Float.isFinite(weight), "alpha must be a finite number", weight);
        return weight;
    }
}
