package dev.proxytune;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
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
    private float[] weights = new float[0];
    private int rows;

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
        private final int pair;
        private final boolean expert;
        private final Batch batch = new Batch();
        private int[] rowOf = new int[0];

        Role(Decoder decoder, int pair, boolean expert) {
            this.decoder = decoder;
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
        rows = 0;
        try {
            record(batch);
            target.decode(targetBatch, cancellation);
            for (int role = 0; role < roles.size(); role++) {
                decode(role, batch, cancellation);
            }
            rows = batch.rows();
        } catch (RuntimeException e) {
            forget(batch);
            throw e;
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
            Sequence state = state(sequence);
            if (batch.isStart(entry)) {
                state.start(batch.prompt(entry), batch.steering(entry));
                checkPrompts(state);
                targetBatch.start(
                        sequence, Prompt.of(batch.prompt(entry).tokens()), Steering.DEFAULT, batch.isWanted(entry));
            } else {
                state.prompt();
                state.append(batch.token(entry));
                targetBatch.append(sequence, batch.token(entry), batch.isWanted(entry));
            }
            if (batch.isWanted(entry)) {
                for (int pair = 0; pair < pairs; pair++) {
                    weights[row * pairs + pair] = weight(state.steering, pair, state.length);
                }
                row++;
            }
        }
    }

    private void checkPrompts(Sequence state) {
        for (Role role : roles) {
            int length = role.prompt(state.prompt()).length();
            if (length > role.decoder.contextLength() && weight(state.steering, role.pair, 0) != 0) {
                throw new CapacityException("The " + role.name() + "'s prompt has " + length
                        + " tokens, its context holds " + role.decoder.contextLength()
                        + "; shorten the prompt or make the context longer");
            }
        }
    }

    private void decode(int index, Batch batch, Cancellation cancellation) {
        Role role = roles.get(index);
        role.batch.clear();
        if (role.rowOf.length < batch.rows()) {
            role.rowOf = new int[batch.rows()];
        }
        fill(index, role, batch);
        if (role.batch.size() > 0) {
            role.decoder.decode(role.batch, cancellation);
        }
    }

    /** Give a role, for each row it has a weight in, the tokens up to that row that it has not seen. */
    private void fill(int index, Role role, Batch batch) {
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
        if (state.seen[index] < 0) {
            role.batch.start(sequence, role.prompt(state.prompt()), Steering.DEFAULT, position == 0);
            state.seen[index] = 0;
        }
        while (state.seen[index] < position) {
            int token = state.answer[state.seen[index]++];
            role.batch.append(sequence, token, state.seen[index] == position);
        }
    }

    private void forget(Batch batch) {
        for (int entry = 0; entry < batch.size(); entry++) {
            if (batch.sequence(entry) < states.length) {
                states[batch.sequence(entry)].prompt = null;
            }
        }
    }

    @Override
    public Row row(int index) {
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
        for (Role role : roles) {
            if (weight(state.steering, role.pair, state.length) != 0) {
                int used = role.prompt(state.prompt()).length() + state.length;
                remaining = Math.min(remaining, role.decoder.contextLength() - used);
            }
        }
        return remaining;
    }

    @Override
    public <C extends Capability> Optional<C> find(Class<C> capability) {
        boolean all = target.find(capability).isPresent()
                && roles.stream().allMatch(role -> role.decoder.find(capability).isPresent());
        return all ? Optional.of(capability.cast(this)) : Optional.empty();
    }

    @Override
    public void rewind(int sequence, int length) {
        Sequence state = state(sequence);
        Objects.checkIndex(length, state.length + 1);
        target.require(Capability.Rewind.class).rewind(sequence, length);
        for (int role = 0; role < roles.size(); role++) {
            if (state.seen[role] > length) {
                roles.get(role).decoder.require(Capability.Rewind.class).rewind(sequence, length);
                state.seen[role] = length;
            }
        }
        state.length = length;
    }

    @Override
    public void fork(int from, int to) {
        Sequence source = state(from);
        Sequence copy = state(to);
        if (from == to) {
            return;
        }
        target.require(Capability.Fork.class).fork(from, to);
        copy.start(source.prompt(), source.steering);
        copy.answer = source.answer.clone();
        copy.length = source.length;
        for (int role = 0; role < roles.size(); role++) {
            if (source.seen[role] >= 0) {
                roles.get(role).decoder.require(Capability.Fork.class).fork(from, to);
                copy.seen[role] = source.seen[role];
            }
        }
    }

    @Override
    public void close() {
        target.close();
        roles.forEach(role -> role.decoder.close());
    }

    private Sequence state(int sequence) {
        return states[Objects.checkIndex(sequence, states.length)];
    }

    private static float weight(Steering steering, int pair, int position) {
        float weight = steering.weight(pair, position);
        Checks.require(Float.isFinite(weight), "alpha must be a finite number", weight);
        return weight;
    }
}
