package dev.proxytune;

import static dev.proxytune.EnsembleTests.meet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PartsTests {
    private static final int SIZE = 40;
    private static final long LARGE = 100_000_000;
    private static final Prompt PROMPT = Prompt.of(1, 2, 3);

    private final FakeModel target = new FakeModel(1, SIZE).sharing(2, LARGE * 10);
    private final FakeModel expert = new FakeModel(2, SIZE).sharing(2, LARGE);
    private final FakeModel antiExpert = new FakeModel(3, SIZE).sharing(2, LARGE);
    private final Decoder decoder =
            ProxyTunedModel.of(target, expert, antiExpert).open(new DecoderOptions(1, 0, 8));
    private final Decoder inTurn = ProxyTunedModel.of(
                    new FakeModel(1, SIZE), new FakeModel(2, SIZE), new FakeModel(3, SIZE))
            .open(new DecoderOptions(1, 0, 8));
    private final Capability.Draft reader = decoder.require(Capability.Draft.class);
    private final Batch batch = new Batch();

    @AfterEach
    void close() {
        decoder.close();
        inTurn.close();
    }

    @Test
    void expertAndAntiExpertAreAtWorkAtOnceEachOnItsPartAndTheTargetHasAll() {
        var both = new CountDownLatch(2);
        target.inside(cancellation -> {
            assertThat(both.getCount()).isEqualTo(2);
            assertThat(share(target)).isEqualTo("0/1");
        });
        expert.inside(cancellation -> meet(both));
        antiExpert.inside(cancellation -> meet(both));
        decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(List.of(share(expert), share(antiExpert))).containsExactly("0/2", "1/2");
        assertSameRows(batch);
    }

    @Test
    void whoWorksAloneHasAllOfTheProcessor() {
        decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        reader.draft(batch.clear().append(0, 5, true), false, new Cancellation());
        assertThat(share(expert)).isEqualTo("0/1");
        decoder.decode(batch);
        assertThat(share(antiExpert)).isEqualTo("0/1");
    }

    @Test
    void whatWasReadAlongIsNotComputedAgain() {
        inTurn.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        decoder.decode(batch);
        assertThat(reader.canReadAlong()).isTrue();
        var both = new CountDownLatch(2);
        expert.inside(cancellation -> meet(both));
        antiExpert.inside(cancellation -> meet(both));
        reader.draft(batch.clear().append(0, 5, true).append(0, 6, true), true, new Cancellation());
        reader.draft(new Batch().append(0, 7, true), true, new Cancellation());
        assertThat(FakeModel.copyOf(reader.draftRow(0))).isEqualTo(expert.rowAfter(1, 2, 3, 5, 6, 7));
        int read = antiExpert.decodes;
        decoder.decode(batch.append(0, 7, true));
        assertThat(antiExpert.decodes).isEqualTo(read);
        assertThat(expert.decodedTokens).isEqualTo(6);
        assertSameRows(batch);
    }

    @Test
    void whatWasReadAlongIsTakenBackFromAllThatReadIt() {
        inTurn.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        decoder.decode(batch);
        reader.draft(batch.clear().append(0, 5, true).append(0, 6, true).append(0, 7, true), true, new Cancellation());
        reader.undraft(0, 1);
        reader.draft(new Batch().append(0, 8, true), true, new Cancellation());
        antiExpert.inside(cancellation -> {
            throw new AssertionError("It has read all of it");
        });
        decoder.decode(batch.clear().append(0, 5, true).append(0, 6, true).append(0, 8, true));
        antiExpert.inside(cancellation -> {});
        assertSameRows(batch);
        reader.draft(batch.clear().append(0, 9, true).append(0, 10, true), true, new Cancellation());
        decoder.decode(batch.clear().append(0, 9, true).append(0, 11, true));
        assertSameRows(batch);
    }

    @Test
    void whoJoinsLaterReadsWhatItMissedInTheCheck() {
        inTurn.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        decoder.decode(batch);
        reader.draft(batch.clear().append(0, 5, true), false, new Cancellation());
        int read = antiExpert.decodes;
        reader.draft(new Batch().append(0, 6, true), true, new Cancellation());
        assertThat(antiExpert.decodes).isEqualTo(read);
        decoder.decode(batch.append(0, 6, true));
        assertSameRows(batch);
    }

    @Test
    void onlyWhoHasAWeightReadsAlong() {
        FakeModel other = new FakeModel(5, SIZE).sharing(3, LARGE);
        expert.sharing(3, LARGE);
        antiExpert.sharing(3, LARGE);
        var twice = ProxyTunedModel.of(
                target, List.of(ExpertPair.of(expert, antiExpert), ExpertPair.of(other, antiExpert)));
        try (Decoder several = twice.open(new DecoderOptions(1, 0, 8))) {
            Steering late = (pair, position) -> pair == 0 || position > 2 ? 1 : 0;
            several.decode(batch.start(0, PROMPT, late, true));
            Capability.Draft draft = several.require(Capability.Draft.class);
            draft.draft(batch.clear().append(0, 5, true).append(0, 6, true), true, new Cancellation());
            assertThat(other.decodes).isZero();
            several.decode(batch.append(0, 7, true));
            assertThat(other.decodedTokens).isEqualTo(6);
            draft.draft(batch.clear().append(0, 8, true), true, new Cancellation());
            assertThat(other.decodedTokens).isEqualTo(7);
            // The second pair's anti-expert is the first one's twin.
            assertThat(antiExpert.decodedTokens).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readingAheadInAnyWayChangesNoRow(long seed) {
        var random = new SplittableRandom(seed);
        boolean small = random.nextBoolean();
        boolean isShort = random.nextBoolean();
        try (Decoder along = drawn(seed, small, isShort, 2).open(new DecoderOptions(2, 0, 12));
                Decoder plain = drawn(seed, small, isShort, 0).open(new DecoderOptions(2, 0, 12))) {
            Capability.Draft draft = along.require(Capability.Draft.class);
            int change = random.nextInt(1, 9);
            Steering steering = (pair, position) -> pair == 1 && position < change ? 0 : 0.5f;
            for (int sequence = 0; sequence < 2; sequence++) {
                batch.clear().start(sequence, PROMPT, steering, true);
                along.decode(batch);
                plain.decode(batch);
            }
            for (int step = 0; step < 25; step++) {
                step(random, along, draft, plain);
            }
        }
    }

    private void step(SplittableRandom random, Decoder along, Capability.Draft draft, Decoder plain) {
        int sequence = random.nextInt(2);
        List<Integer> read = new ArrayList<>();
        for (int round = random.nextInt(4); round > 0; round--) {
            int count = random.nextInt(1, 3);
            if (draft.canDraft(sequence, count)) {
                batch.clear();
                for (int i = 0; i < count; i++) {
                    read.add(random.nextInt(draft.draftableIds()));
                    batch.append(sequence, read.getLast(), true);
                }
                draft.draft(batch, random.nextInt(4) > 0, new Cancellation());
                if (random.nextInt(4) == 0) {
                    read.removeLast();
                    draft.undraft(sequence, 1);
                }
            }
        }
        int kept = Math.min(plain.remaining(sequence), random.nextInt(read.size() + 1));
        batch.clear();
        read.subList(0, kept).forEach(token -> batch.append(sequence, token, true));
        if (plain.remaining(sequence) > kept) {
            batch.append(sequence, random.nextInt(draft.draftableIds()), true);
        }
        int length = plain.length(sequence);
        if (batch.size() > 0) {
            along.decode(batch);
            plain.decode(batch);
            for (int row = 0; row < batch.rows(); row++) {
                assertThat(FakeModel.copyOf(along.row(row))).isEqualTo(FakeModel.copyOf(plain.row(row)));
            }
        }
        if (random.nextInt(3) == 0 || plain.remaining(sequence) < 3) {
            int back = random.nextInt(length + 1);
            along.require(Capability.Rewind.class).rewind(sequence, back);
            plain.require(Capability.Rewind.class).rewind(sequence, back);
        }
    }

    private static ProxyTunedModel drawn(long seed, boolean small, boolean isShort, int threads) {
        int size = small ? SIZE - 5 : SIZE;
        return ProxyTunedModel.of(
                new FakeModel(seed, SIZE),
                List.of(
                        ExpertPair.of(
                                new FakeModel(seed + 1, SIZE).sharing(threads, LARGE),
                                new FakeModel(seed + 2, SIZE)
                                        .withContext(isShort ? 14 : 1000)
                                        .sharing(threads, LARGE)),
                        ExpertPair.of(
                                new FakeModel(seed + 3, size).sharing(threads, LARGE),
                                new FakeModel(seed + 4, size).sharing(threads, LARGE))));
    }

    static LongStream seeds() {
        return LongStream.range(0, 40);
    }

    @Test
    void aFailureOnAPartIsToldAndNothingIsRelied() {
        antiExpert.failNext = true;
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> decoder.decode(batch.start(0, PROMPT, Steering.DEFAULT, true)))
                .withMessage("The fake was told to fail");
        decoder.decode(batch.clear().start(0, PROMPT, Steering.DEFAULT, true));
        assertSameRows(batch);
        antiExpert.failNext = true;
        assertThatExceptionOfType(ProxyTuneException.class)
                .isThrownBy(() -> reader.draft(new Batch().append(0, 5, true), true, new Cancellation()));
        decoder.decode(batch);
        assertSameRows(batch);
    }

    @ParameterizedTest
    @CsvSource({
        "2, 100, 100, 2",
        "2, 100, 81, 2",
        "2, 100, 79, 0",
        "2, 30, 30, 0",
        "3, 100, 100, 0",
        "8, 100, 100, 2",
        "1, 100, 100, 0"
    })
    void dividesAmongModelsOfLikeSizeThatAreNotTiny(int threads, int expertMegabytes, int antiMegabytes, int parts) {
        List<Lane.Member> members = Stream.of(100, expertMegabytes, antiMegabytes)
                .map(megabytes -> member(threads, megabytes))
                .toList();
        List<List<Lane.Member>> divided = Parts.of(List.of(large(members.get(0)), members.get(1), members.get(2)));
        assertThat(divided).hasSize(parts).allSatisfy(part -> assertThat(part).hasSize(1));
    }

    @ParameterizedTest
    @CsvSource({"2, 2", "6, 2", "5, 0", "4, 0", "8, 0"})
    void givesSeveralPairsEqualNumbersOfThreads(int threads, int parts) {
        List<Lane.Member> members = Stream.of(100, 100, 50, 50)
                .map(megabytes -> member(threads, megabytes))
                .toList();
        List<List<Lane.Member>> divided = Parts.of(members);
        assertThat(divided).hasSize(parts);
        if (parts == 2) {
            assertThat(divided.getFirst()).containsExactly(members.get(0), members.get(2));
        }
    }

    @Test
    void threadsThatDifferAreNotDivided() {
        assertThat(Parts.of(List.of(member(2, 100), member(4, 100)))).isEmpty();
    }

    @Test
    void theTargetInAnotherRoleHasNoPart() {
        Decoder contrastive = ProxyTunedModel.of(target, target, antiExpert).open(DecoderOptions.DEFAULT);
        contrastive.decode(batch.start(0, PROMPT, Steering.DEFAULT, true));
        assertThat(antiExpert.decoders.getLast().share).isEmpty();
        contrastive.close();
    }

    private static Lane.Member member(int threads, int megabytes) {
        var model = new FakeModel(1, SIZE).sharing(threads, megabytes * (1L << 20));
        return Lane.Member.of(model.open(DecoderOptions.DEFAULT), new Batch(), true);
    }

    private static Lane.Member large(Lane.Member member) {
        return Lane.Member.of(member.decoder(), member.batch(), false);
    }

    private static String share(FakeModel model) {
        return model.decoders.getFirst().share;
    }

    /** Assert that the decoder says after a batch what one says that computes one model after the other. */
    private void assertSameRows(Batch decoded) {
        inTurn.decode(decoded);
        for (int row = 0; row < decoded.rows(); row++) {
            assertThat(FakeModel.copyOf(decoder.row(row))).isEqualTo(FakeModel.copyOf(inTurn.row(row)));
        }
    }
}
