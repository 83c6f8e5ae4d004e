package dev.proxytune;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decode with a target and its experts and combine their rows. */
final class ProxyTunedDecoder
        implements Decoder, Capability.Rewind, Capability.Fork, Capability.Draft, Capability.Overlap {
    /*
     * Implementation note. The target decodes every batch as it comes. An expert or anti-expert decodes only for rows
     * in which its pair has a weight; tokens it has not seen yet wait in the sequence's answer and are decoded in one
     * go when it is needed. So α = 0 costs the target alone, and a schedule that switches a pair off and on costs what
     * it uses. Nor does a role decode where its row is one that is there already: that of an earlier role, or of the
     * target, which is the same model and reads the same prompt.
     *
     * The first expert that has a weight can read tokens ahead of the answer. Its rows are copied, since further tokens
     * overwrite them, and stand in for its part of the combined rows once the same tokens are decoded.
     */
    private final Decoder target;
    private final List<RoleDecoder> roles;
    private final int[] shared;
    private final int vocabularySize;
    private final SteeredSequence[] states;
    private final Batch targetBatch = new Batch();
    private final Ensemble ensemble;
    private final AheadReader reader;
    private final int[] ends;
    private final CombinedRow.Scratch scratch = new CombinedRow.Scratch();
    private final OwnerLock owner = new OwnerLock();
    private final Optional<TruncatedRows> truncated;
    private float[] weights = new float[0];
    private int rows;

    ProxyTunedDecoder(Decoder target, List<RoleDecoder> roles, int[] shared, int vocabularySize) {
        this.target = target;
        this.roles = roles;
        this.shared = shared;
        this.vocabularySize = vocabularySize;
        this.states = new SteeredSequence[target.sequences()];
        this.ensemble = new Ensemble(Stream.concat(
                        Stream.of(Lane.Member.of(target, targetBatch, false)),
                        roles.stream().map(role -> Lane.Member.of(role.decoder(), role.batch(), !role.isTwin())))
                .toList());
        this.reader = new AheadReader(roles, shared, vocabularySize);
        this.ends = new int[states.length];
        this.truncated =
                target.find(Capability.Widen.class).map(widening -> new TruncatedRows(widening, vocabularySize));
        Arrays.setAll(states, i -> new SteeredSequence(roles.size()));
    }

    @Override
    public int sequences() {
        return states.length;
    }

    @Override
    public int contextLength() {
        return roles.stream()
                .mapToInt(role -> role.decoder().contextLength())
                .reduce(target.contextLength(), Math::min);
    }

    @Override
    public int maxRows() {
        return roles.stream().mapToInt(role -> role.decoder().maxRows()).reduce(target.maxRows(), Math::min);
    }

    @Override
    public void decode(Batch batch, Cancellation cancellation) {
        owner.enter();
        rows = 0;
        reader.clear();
        try {
            record(batch);
            for (int role = 0; role < roles.size(); role++) {
                fill(role, roles.get(role), batch);
            }
            ensemble.decode(cancellation);
            rows = batch.rows();
            truncated.ifPresent(rest -> rest.settle(rows, this::combined, cancellation));
        } catch (RuntimeException | Error e) {
            forget(batch);
            throw e;
        } finally {
            owner.leave();
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
            SteeredSequence state = states[sequence];
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
                reader.settle(sequence, state, batch.token(entry));
                state.append(batch.token(entry));
                targetBatch.append(sequence, batch.token(entry), batch.isWanted(entry));
            }
            RoleDecoder.checkRoom("target", target, state.prompt(), state.length());
            if (batch.isWanted(entry)) {
                for (int pair = 0; pair < pairs; pair++) {
                    weights[row * pairs + pair] = state.weight(pair, state.length());
                }
                row++;
            }
        }
    }

    /** Give a role, for each row it has a weight in, the tokens up to that row that it has not seen. */
    private void fill(int index, RoleDecoder role, Batch batch) {
        role.begin(batch.rows());
        int row = 0;
        Arrays.fill(ends, 0);
        for (int entry = 0; entry < batch.size(); entry++) {
            ends[batch.sequence(entry)] -= batch.isStart(entry) ? 0 : 1;
        }
        for (int entry = 0; entry < batch.size(); entry++) {
            int sequence = batch.sequence(entry);
            SteeredSequence state = states[sequence];
            int position = batch.isStart(entry) ? 0 : state.length() + ++ends[sequence];
            if (!batch.isWanted(entry)) {
                continue;
            }
            if (weights[row * shared.length + role.pair()] == 0) {
                role.skip(row);
            } else if (state.ahead(index).holds(position)) {
                role.reuse(row, state.ahead(index).row(position));
            } else if (role.canBorrow(state, row)) {
                role.borrow(row);
            } else {
                role.catchUp(index, sequence, state, position, true);
                role.compute(row);
            }
            row++;
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
        owner.checkOpen();
        Objects.checkIndex(index, rows);
        CombinedRow row = combined(index);
        return truncated.map(rest -> row.withTruncation(rest.truncation(index))).orElse(row);
    }

    private CombinedRow combined(int index) {
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
        for (RoleDecoder role : roles) {
            if (role.pair() == pair && role.isExpert() == expert) {
                return role.row(index);
            }
        }
        return null;
    }

    @Override
    public int length(int sequence) {
        return state(sequence).length();
    }

    @Override
    public int remaining(int sequence) {
        SteeredSequence state = state(sequence);
        int remaining = target.remaining(sequence);
        if (!state.isStarted()) {
            return remaining;
        }
        int length = state.length();
        for (RoleDecoder role : roles) {
            int room =
                    role.decoder().contextLength() - role.prompt(state.prompt()).length();
            int position = Math.max(room, length) + 1;
            while (position <= length + remaining && state.weight(role.pair(), position) == 0) {
                position++;
            }
            remaining = Math.min(remaining, position - 1 - length);
        }
        return remaining;
    }

    @Override
    public <C extends Capability> Optional<C> find(Class<C> capability) {
        owner.checkOpen();
        if (capability == Capability.Draft.class) {
            boolean able = roles.stream().anyMatch(RoleDecoder::isExpert) && allCan(Capability.Rewind.class);
            return able ? Optional.of(capability.cast(this)) : Optional.empty();
        }
        if (capability == Capability.Overlap.class) {
            return ensemble.canOverlap() ? Optional.of(capability.cast(this)) : Optional.empty();
        }
        return capability.isInstance(this) && allCan(capability)
                ? Optional.of(capability.cast(this))
                : Optional.empty();
    }

    private boolean allCan(Class<? extends Capability> capability) {
        return target.find(capability).isPresent()
                && roles.stream()
                        .allMatch(role -> role.decoder().find(capability).isPresent());
    }

    @Override
    public boolean canDraft(int sequence, int tokens) {
        SteeredSequence state = state(sequence);
        return state.isStarted() && reader.reader(state, tokens) >= 0;
    }

    @Override
    public int draftableIds() {
        return reader.known();
    }

    @Override
    public boolean canReadAlong() {
        return ensemble.hasParts();
    }

    @Override
    public void draft(Batch batch, boolean along, Cancellation cancellation) {
        owner.enter();
        rows = 0;
        try {
            targetBatch.clear();
            reader.fill(batch, states, along && canReadAlong());
            ensemble.decode(cancellation);
            reader.keep(batch, states);
        } catch (RuntimeException | Error e) {
            reader.clear();
            forget(batch);
            throw e;
        } finally {
            owner.leave();
        }
    }

    @Override
    public Row draftRow(int index) {
        owner.checkOpen();
        return reader.row(index);
    }

    @Override
    public void undraft(int sequence, int tokens) {
        owner.enter();
        try {
            reader.takeBack(sequence, state(sequence), tokens);
        } finally {
            owner.leave();
        }
    }

    @Override
    public void rewind(int sequence, int length) {
        owner.enter();
        try {
            SteeredSequence state = state(sequence);
            state.prompt();
            Checks.require(length >= 0 && length <= state.length(), "an answer is cut to a part of it", length);
            rewind(state, sequence, length);
        } finally {
            owner.leave();
        }
    }

    private void rewind(SteeredSequence state, int sequence, int length) {
        try {
            target.require(Capability.Rewind.class).rewind(sequence, length);
            for (int role = 0; role < roles.size(); role++) {
                if (state.seen(role) > length) {
                    roles.get(role).rewind(sequence, length);
                    state.setSeen(role, length);
                }
            }
            state.cut(length);
        } catch (RuntimeException | Error e) {
            state.forget();
            throw e;
        }
    }

    @Override
    public void fork(int from, int to) {
        owner.enter();
        try {
            SteeredSequence source = state(from);
            source.prompt();
            SteeredSequence copy = state(to);
            if (from != to) {
                fork(source, from, copy, to);
            }
        } finally {
            owner.leave();
        }
    }

    private void fork(SteeredSequence source, int from, SteeredSequence copy, int to) {
        try {
            copy.startAs(source);
            target.require(Capability.Fork.class).fork(from, to);
            for (int role = 0; role < roles.size(); role++) {
                if (source.seen(role) >= 0) {
                    fork(role, source, from, copy, to);
                }
            }
        } catch (RuntimeException | Error e) {
            copy.forget();
            throw e;
        }
    }

    private void fork(int role, SteeredSequence source, int from, SteeredSequence copy, int to) {
        RoleDecoder run = roles.get(role);
        run.decoder().require(Capability.Fork.class).fork(from, to);
        int seen = Math.min(source.seen(role), source.length());
        if (seen < source.seen(role)) {
            run.rewind(to, seen);
        }
        copy.setSeen(role, seen);
    }

    @Override
    public Set<String> resources() {
        Set<String> resources = new HashSet<>(target.resources());
        roles.forEach(role -> resources.addAll(role.decoder().resources()));
        return resources;
    }

    @Override
    public OverlapCounts overlaps() {
        return ensemble.counts();
    }

    @Override
    public void close() {
        owner.close(() -> ProxyTunedModel.closeAll(
                Stream.concat(Stream.of(ensemble, target), roles.stream().map(RoleDecoder::decoder))
                        .toList()));
    }

    private SteeredSequence state(int sequence) {
        owner.checkOpen();
        return states[Objects.checkIndex(sequence, states.length)];
    }
}
